package import NIOCore

/// A frame on the wire: its length in four bytes, big-endian, then that many bytes of JSON.
package final class FrameDecoder: ByteToMessageDecoder {
    package typealias InboundOut = [UInt8]

    private let limit: Int

    package init(limit: Int) { self.limit = limit }

    package func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return .needMoreData }
        // Refused at its length, before any of it is kept.
        guard Int(length) <= limit else { throw LinkError.frameTooLong(bytes: Int(length), limit: limit) }
        guard buffer.readableBytes >= 4 + Int(length) else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 4)
        context.fireChannelRead(wrapInboundOut(buffer.readBytes(length: Int(length)) ?? []))
        return .continue
    }

    package func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        try decode(context: context, buffer: &buffer)
    }
}

package final class FrameEncoder: MessageToByteEncoder {
    package typealias OutboundIn = [UInt8]

    package init() {}

    package func encode(data: [UInt8], out: inout ByteBuffer) {
        out.writeInteger(UInt32(data.count))
        out.writeBytes(data)
    }
}

/// Why a link is closed by this end.
package enum LinkError: Error, Equatable, CustomStringConvertible {
    case frameTooLong(bytes: Int, limit: Int)
    /// The other end's certificate names nobody.
    case noIdentity
    case silent(Duration)

    package var description: String {
        switch self {
        case .frameTooLong(let bytes, let limit): "a frame of \(bytes) bytes, more than the \(limit) allowed"
        case .noIdentity: "the certificate carries no agent id"
        case .silent(let limit): "nothing was heard for \(limit)"
        }
    }
}
