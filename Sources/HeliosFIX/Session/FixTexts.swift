// SPDX-License-Identifier: MIT
import HeliosWire

/// Texts of a configuration in one piece of memory, so that writing them touches no string.
@safe
struct FixTexts: ~Copyable {
    /// Which text.
    enum Name: Int, CaseIterable {
        case sender, target, senderSub, targetSub, senderLocation, targetLocation, testRequest, username, password
        case application
    }

    private let base: UnsafeMutableRawPointer
    private let offsets: UnsafeMutablePointer<Int>

    init(_ configuration: FixSessionConfiguration) {
        let id = configuration.id
        let texts = [
            id.sender, id.target, id.senderSub, id.targetSub, id.senderLocation, id.targetLocation,
            configuration.profile.testRequestID, configuration.username ?? "", configuration.password ?? "",
            String(configuration.application.rawValue),
        ]
        unsafe base = .allocate(byteCount: texts.reduce(64) { $0 + $1.utf8.count }, alignment: 64)
        unsafe offsets = .allocate(capacity: texts.count + 1)
        var used = 0
        for (index, text) in texts.enumerated() {
            unsafe offsets[index] = used
            for byte in text.utf8 {
                // Safe: the memory has room for all texts. A separator or zero would break a message.
                unsafe base.storeBytes(of: byte <= 1 ? 0x20 : byte, toByteOffset: used, as: UInt8.self)
                used += 1
            }
        }
        unsafe offsets[texts.count] = used
    }

    deinit {
        unsafe base.deallocate()
        unsafe offsets.deallocate()
    }

    /// The bytes of a text; valid as long as the texts are.
    subscript(name: Name) -> WireBytes {
        let index = name.rawValue
        // Safe: there is an offset for every name, and one behind the last.
        return unsafe WireBytes(
            UnsafeRawBufferPointer(start: base + offsets[index], count: offsets[index + 1] - offsets[index])
        )
    }
}
