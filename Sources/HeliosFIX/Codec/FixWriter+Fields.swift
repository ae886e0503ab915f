// SPDX-License-Identifier: MIT
import HeliosWire

/// Fields without a message around them: written once, sent later in a message of any number.
extension FixWriter {
    /// What was written since `begin`, without MsgType: whole fields, valid until the next change.
    public var fields: WireBytes {
        var start = 0
        // Safe: everything between the headroom and the cursor has been written.
        while start < count, unsafe base.load(fromByteOffset: FixWriter.headroom + start, as: UInt8.self) != 1 {
            start += 1
        }
        start = min(start + 1, count)
        return unsafe WireBytes(
            UnsafeRawBufferPointer(start: base + FixWriter.headroom + start, count: count - start)
        )
    }

    /// Writes whole fields as they are, each with its separator, as `fields` gives them.
    public mutating func put(fields: WireBytes) {
        guard fields.count > 0, !isFull else { return }
        guard fields.count <= capacity - count, let start = unsafe fields.unsafeBuffer.baseAddress else {
            isFull = true
            return
        }
        // Safe: the room has just been looked at.
        unsafe (base + cursor).copyMemory(from: start, byteCount: fields.count)
        cursor += fields.count
    }
}
