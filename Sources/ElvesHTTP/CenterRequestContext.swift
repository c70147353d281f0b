package import ElvesModel
package import Hummingbird
import NIOCore

/// What a request's handlers know besides the request: from where it came.
package struct CenterRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The caller's address; nil on a local socket. An IPv6 loopback or mapped address counts as its IPv4 twin.
    package let source: IPv4Address?
    /// Who asks, where an administrator does: on a local socket its owner, otherwise as the check of the token found.
    package var administrator = Administrator.local

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        self.source = source.channel.remoteAddress?.ipAddress.flatMap { text in
            if text == "::1" { return IPv4Address("127.0.0.1") }
            return IPv4Address(text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text)
        }
    }
}
