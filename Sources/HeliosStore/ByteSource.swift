// SPDX-License-Identifier: MIT

/// The bytes of a file as a moving window: a plain file is one window, a gzip file comes in pieces of 4 MiB.
///
/// What the reader doesn't consume stays at the front of the next window, so that a frame is never split.
final class ByteSource {
    /// The file's size as stored.
    let fileSize: UInt64
    let isGzip: Bool
    let path: String
    /// Bytes not yet consumed.
    private(set) var window: UnsafeRawBufferPointer
    /// The position of the window's first byte in the (inflated) stream.
    private(set) var base: UInt64 = 0
    /// Whether the stream ends with the window.
    private(set) var isLast: Bool

    private let file: MappedFile
    private let inflater: Inflater?
    private var buffer: UnsafeMutableRawBufferPointer
    private var failure: StoreError?

    static let pieceSize = 4 << 20
    /// No reader needs more at once: the largest block of a capture is 16 MiB.
    static let largestWindow = 64 << 20

    init(path: String) throws(StoreError) {
        file = try MappedFile(path: path)
        self.path = path
        fileSize = UInt64(file.bytes.count)
        isGzip = Inflater.recognizes(file.bytes)
        inflater = isGzip ? try Inflater(file.bytes, path: path) : nil
        isLast = !isGzip
        buffer = isGzip ? .allocate(byteCount: ByteSource.pieceSize, alignment: 64) : .init(start: nil, count: 0)
        window = isGzip ? UnsafeRawBufferPointer(start: buffer.baseAddress, count: 0) : file.bytes
        try fill()
    }

    deinit { buffer.deallocate() }

    /// How much of the stored file was read, from 0 to 1.
    var progress: Double {
        let read = inflater.map { UInt64($0.consumed) } ?? base
        return fileSize == 0 ? 1 : Double(read) / Double(fileSize)
    }

    /// Drops `count` bytes from the front of the window.
    func consume(_ count: Int) {
        precondition(count >= 0 && count <= window.count, "more consumed than there is")
        window = UnsafeRawBufferPointer(rebasing: window[count...])
        base += UInt64(count)
    }

    /// Extends the window: what isn't consumed moves to the front, new bytes follow.
    ///
    /// Bytes before a corrupt place are still delivered; the error comes with the call after them.
    func fill() throws(StoreError) {
        guard let inflater, !isLast else { return }
        if let failure { throw failure }
        if window.count == buffer.count { try grow() }
        moveToFront()
        var count = window.count
        do throws(StoreError) {
            // In small steps, so that a corrupt place costs at most the step it lies in.
            while count < buffer.count, !inflater.isAtEnd {
                let end = min(count + (1 << 16), buffer.count)
                count += try inflater.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count..<end]))
            }
        } catch {
            failure = error
            if count == window.count { throw error }
        }
        window = UnsafeRawBufferPointer(start: buffer.baseAddress, count: count)
        isLast = inflater.isAtEnd
    }

    private func moveToFront() {
        if let start = window.baseAddress, let target = buffer.baseAddress, start != UnsafeRawPointer(target) {
            target.copyMemory(from: start, byteCount: window.count)
        }
        window = UnsafeRawBufferPointer(start: buffer.baseAddress, count: window.count)
    }

    private func grow() throws(StoreError) {
        guard buffer.count < ByteSource.largestWindow else {
            throw StoreError(.corrupt, path: path, offset: base, reason: "a record of more than 64 MiB")
        }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 64)
        larger.copyMemory(from: window)
        buffer.deallocate()
        buffer = larger
        window = UnsafeRawBufferPointer(start: buffer.baseAddress, count: window.count)
    }
}
