/// The IANA database of time zones as the system has it (`tzdata` in Debian).
package enum ZoneInfo {
    /// The bytes of a compiled zone; nil if there is none of that name.
    ///
    /// - Parameters:
    ///   - name: A path below the folder, which the caller has checked to lead nowhere else.
    ///   - limit: The longest file that is read.
    package static func bytes(of name: String, limit: Int) -> [UInt8]? {
        try? readFile("/usr/share/zoneinfo/\(name)", limit: limit)
    }
}
