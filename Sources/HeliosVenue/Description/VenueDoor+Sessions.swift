// SPDX-License-Identifier: MIT

extension VenueDoor.Language {
    /// Whether FIX is spoken, of whatever version.
    public var isFix: Bool {
        switch self {
        case .fix42, .fix44, .fix50sp2: true
        case .ouch50, .ouch42, .dropCopy, .snapshot: false
        }
    }
}

extension VenueDescription {
    /// What the file is called that keeps a user's session by FIX: the venue, the version, both comp ids.
    ///
    /// Characters that mean something in paths are written as their numbers.
    public func sessionFile(_ door: VenueDoor, _ user: VenueDoor.User) -> String {
        let parts = [name, door.language.rawValue, door.compID ?? name, user.compID ?? user.name]
        return parts.map(VenueDescription.plain).joined(separator: "-") + ".session"
    }

    private static func plain(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
