// SPDX-License-Identifier: MIT

// Packets, appended whole or not at all; each says whether it was.
extension WireOutput {
    /// Appends a packet of `type` with `payload`, of at most 65,534 bytes.
    @inlinable
    public mutating func appendSoup(_ type: UInt8, _ payload: WireBytes = .empty) -> Bool {
        guard payload.count <= MessageStore.longestMessage, let place = unsafe open(3 + payload.count) else {
            return false
        }
        unsafe place.storeBytes(of: UInt16(truncatingIfNeeded: payload.count + 1).bigEndian, as: UInt16.self)
        unsafe place.storeBytes(of: type, toByteOffset: 2, as: UInt8.self)
        unsafe payload.copy(to: place + 3)
        return true
    }

    /// Appends a packet of `type` whose payload `body` writes; when `body` throws, nothing is left of it.
    @inlinable
    public mutating func appendSoup(
        _ type: UInt8,
        _ body: (inout WireOutput) throws(OuchError) -> Void
    ) throws(OuchError) {
        guard unsafe open(3) != nil else { throw .buffer }
        let before = count
        do throws(OuchError) { try body(&self) } catch {
            takeBack(count - before + 3)
            throw error
        }
        let length = count - before
        guard length <= MessageStore.longestMessage else {
            takeBack(length + 3)
            throw .buffer
        }
        // The body may have moved what waits to the front: count from the end. Safe: the header was opened above.
        let header = unsafe base + (written - length - 3)
        unsafe header.storeBytes(of: UInt16(truncatingIfNeeded: length + 1).bigEndian, as: UInt16.self)
        unsafe header.storeBytes(of: type, toByteOffset: 2, as: UInt8.self)
    }

    /// Appends a login request: 49 bytes, 54 with a timeout.
    public mutating func appendSoup(_ login: SoupLogin) -> Bool {
        let payload = login.timeoutMilliseconds == nil ? 46 : 51
        guard let place = unsafe open(3 + payload) else { return false }
        unsafe place.storeBytes(of: UInt16(payload + 1).bigEndian, as: UInt16.self)
        unsafe place.storeBytes(of: SoupType.login, toByteOffset: 2, as: UInt8.self)
        unsafe WireOutput.put(login.user, 6, isLeft: true, place + 3)
        unsafe WireOutput.put(login.password, 10, isLeft: true, place + 9)
        unsafe WireOutput.put(login.session, 10, isLeft: false, place + 19)
        unsafe WireOutput.put(login.sequence, 20, place + 29)
        if let timeout = login.timeoutMilliseconds { unsafe WireOutput.put(UInt64(timeout), 5, place + 49) }
        return true
    }

    /// Appends the answer to a login that is accepted: 33 bytes.
    public mutating func appendSoupAccepted(session: SoupText, sequence: UInt64) -> Bool {
        guard let place = unsafe open(33) else { return false }
        unsafe place.storeBytes(of: UInt16(31).bigEndian, as: UInt16.self)
        unsafe place.storeBytes(of: SoupType.loginAccepted, toByteOffset: 2, as: UInt8.self)
        unsafe WireOutput.put(session, 10, isLeft: false, place + 3)
        unsafe WireOutput.put(sequence, 20, place + 13)
        return true
    }

    /// Appends the answer to a login that is refused, with its reason's letter.
    public mutating func appendSoupRejected(_ reason: SoupRefusal) -> Bool {
        guard let place = unsafe open(4) else { return false }
        unsafe place.storeBytes(of: UInt16(2).bigEndian, as: UInt16.self)
        unsafe place.storeBytes(of: SoupType.loginRejected, toByteOffset: 2, as: UInt8.self)
        unsafe place.storeBytes(of: reason.rawValue, toByteOffset: 3, as: UInt8.self)
        return true
    }

    // Safe: callers pass places with room for `width` bytes.
    private static func put(_ text: SoupText, _ width: Int, isLeft: Bool, _ place: UnsafeMutableRawPointer) {
        let count = min(text.count, width)
        let pad = isLeft ? 0 : width - count
        for offset in 0..<width { unsafe place.storeBytes(of: 0x20, toByteOffset: offset, as: UInt8.self) }
        for offset in 0..<count {
            unsafe place.storeBytes(of: text[offset], toByteOffset: pad + offset, as: UInt8.self)
        }
    }

    /// Padded left with spaces; a number too long for its field loses its front.
    private static func put(_ number: UInt64, _ width: Int, _ place: UnsafeMutableRawPointer) {
        var rest = number
        for offset in (0..<width).reversed() {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            let byte = rest == 0 && offset < width - 1 ? 0x20 : UInt8(truncatingIfNeeded: digit) + 0x30
            unsafe place.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            rest = quotient
        }
    }
}

/// Why a server refuses a login.
@frozen
public enum SoupRefusal: UInt8, Sendable, BitwiseCopyable {
    /// `A`: user or password are wrong; asking again with the same is of no use.
    case notAuthorised = 0x41
    /// `S`: there is no such session, or somebody is logged in already.
    case sessionNotAvailable = 0x53
}
