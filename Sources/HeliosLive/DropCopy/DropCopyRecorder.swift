// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosStore
import HeliosWire
import Synchronization

/// Where a venue's drop copy is to be had.
public struct DropCopySettings: Sendable {
    public var endpoint: Endpoint
    public var user: SoupText
    public var password: SoupText
    /// Nanoseconds between two attempts to connect.
    public var retry: Nanoseconds = 200_000_000
    /// Silence after which the connection is given up.
    public var timeout: Nanoseconds = 15_000_000_000
    /// At the end of a session, how long what the venue still has to say is waited for.
    public var farewell: Nanoseconds = 500_000_000

    public init(_ endpoint: Endpoint, user: SoupText, password: SoupText = .blank) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
    }
}

/// Records a venue's drop copy of our orders in a file beside the journal, on a thread of its own.
///
/// It shares nothing with the session: another connection, another thread, another file. After a lost connection, and after a
/// restart, it goes on with the message behind the last one in the file.
public final class DropCopyRecorder: Sendable {
    private let isEnding = Atomic<Bool>(false)
    private let recorded = Atomic<Int>(0)
    private let fault = Mutex<String?>(nil)
    private let thread: Mutex<LiveThread?>

    /// Begins to record.
    ///
    /// - Parameters:
    ///   - settings: where, and as whom.
    ///   - concerning: whose orders count: a copy of everybody's has others too.
    ///   - venue: its number in our records.
    ///   - midnight: of the day, from which the venue's times count.
    ///   - clock: with the market's clock an entry is stamped with the venue's time, else with the world's.
    ///   - directory: where the file is or will be.
    public init(
        _ settings: DropCopySettings,
        concerning: SoupText,
        venue: Venue,
        midnight: Timestamp,
        clock: MarketClockKind,
        directory: String
    ) {
        thread = Mutex(nil)
        let path = directory + "/" + DropCopyFile.fileName
        let body: @Sendable () -> Void = { [self] in
            do {
                var work = try DropCopyWork(settings, concerning, venue, midnight, clock, path)
                work.run(
                    isEnding: { isEnding.load(ordering: .acquiring) },
                    count: { recorded.store($0, ordering: .relaxed) }
                )
                if let words = work.fault { fault.withLock { $0 = words } }
            } catch {
                fault.withLock { $0 = "\(error)" }
            }
        }
        let made = LiveThread(ThreadPlan(name: "drop copy"), body)
        thread.withLock { $0 = made }
    }

    /// Entries that this process has written.
    public var count: Int { recorded.load(ordering: .relaxed) }

    /// Ends the recording; what went wrong, or nil.
    public func end() -> String? {
        isEnding.store(true, ordering: .releasing)
        thread.withLock { $0 }?.join()
        return fault.withLock { $0 }
    }
}

/// Why a drop copy can't be recorded.
struct DropCopyRecorderError: Error, CustomStringConvertible {
    let description: String
}

/// What the recorder's thread does.
private struct DropCopyWork: ~Copyable {
    private let settings: DropCopySettings
    private let concerning: SoupText
    private let midnight: Timestamp
    private let clock: MarketClockKind
    private let file: FileHandle
    private var reader: DropCopyReader
    private var output = WireOutput(capacity: 4_096)
    private var socket: Int32?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    private var written = 0
    var fault: String?

    init(
        _ settings: DropCopySettings,
        _ concerning: SoupText,
        _ venue: Venue,
        _ midnight: Timestamp,
        _ clock: MarketClockKind,
        _ path: String
    ) throws(DropCopyRecorderError) {
        self.settings = settings
        self.concerning = concerning
        self.midnight = midnight
        self.clock = clock
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: Data(DropCopyFile.header(venue: venue))) else {
                throw DropCopyRecorderError(description: "can't create \(path)")
            }
        }
        guard let file = FileHandle(forUpdatingAtPath: path), let length = try? file.seekToEnd() else {
            throw DropCopyRecorderError(description: "can't write \(path)")
        }
        self.file = file
        // An entry that was not written whole is written again.
        let entries = max(Int(length) - DropCopyFile.headerLength, 0) / DropCopyFile.entryLength
        let end = DropCopyFile.headerLength + entries * DropCopyFile.entryLength
        var next: UInt64 = 1
        if entries > 0, (try? file.seek(toOffset: UInt64(end - DropCopyFile.entryLength))) != nil,
            let bytes = try? file.read(upToCount: DropCopyFile.entryLength),
            let last = DropCopyFile.entry(Array(bytes)[...])
        {
            next = last.number + 1
        }
        try? file.truncate(atOffset: UInt64(end))
        _ = try? file.seekToEnd()
        reader = DropCopyReader(user: settings.user, password: settings.password, sequence: next)
    }

    deinit {
        if let socket { Sockets.shut(socket) }
        buffer.deallocate()
        try? file.close()
    }

    mutating func run(isEnding: () -> Bool, count: (Int) -> Void) {
        var deadline: Nanoseconds?
        var nextAttempt: Nanoseconds = 0
        while true {
            let now = Sockets.now
            if isEnding(), deadline == nil { deadline = now + settings.farewell }
            if let deadline, now >= deadline || socket == nil { return }
            guard let descriptor = socket else {
                if now < nextAttempt {
                    usleep(20_000)
                    continue
                }
                nextAttempt = now + settings.retry
                connect(now)
                continue
            }
            flush(descriptor)
            Sockets.wait([Sockets.Interest(descriptor, writes: output.count > 0)], timeout: 50_000_000)
            take(descriptor)
            count(written)
        }
    }

    private mutating func connect(_ now: Nanoseconds) {
        guard let descriptor = try? Sockets.connect(settings.endpoint, patience: 500_000_000) else { return }
        socket = descriptor
        output.removeAll()
        reader.connected(at: Timestamp(nanoseconds: now), into: &output)
    }

    private mutating func flush(_ descriptor: Int32) {
        while output.count > 0 {
            let sent = Sockets.send(descriptor, output.bytes.unsafeBuffer)
            guard sent > 0 else { return }
            output.drop(sent)
        }
    }

    private mutating func take(_ descriptor: Int32) {
        let count = Sockets.receive(descriptor, buffer)
        let time = Timestamp(nanoseconds: Sockets.now)
        if count > 0 {
            var chunk = WireBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            var isClosed = false
            while let event = reader.next(&chunk, at: time) { isClosed = act(event) || isClosed }
            if isClosed { lose() }
        } else if count == 0 || !Sockets.wouldWait {
            if let event = reader.disconnected() { _ = act(event) }
            lose()
        }
        if socket != nil, let event = reader.tick(at: time, into: &output), act(event) { lose() }
    }

    private mutating func lose() {
        if let socket { Sockets.shut(socket) }
        socket = nil
    }

    /// Whether the connection must be closed.
    private mutating func act(_ event: DropCopyEvent) -> Bool {
        switch event {
        case .loggedIn, .malformed: return false
        case .ended, .closed: return true
        case .message(let number, let message):
            guard message.kind != .systemEvent, concerning.matches(message.user) else { return false }
            let market = midnight + Int64(min(message.timestamp, 172_800_000_000_000))
            let received = clock == .market ? market : Timestamp(nanoseconds: Sockets.now + WallClock.offset)
            let entry = DropCopyEntry(number: number, received: received, message: message)
            do {
                try file.write(contentsOf: DropCopyFile.bytes(of: entry))
                written += 1
            } catch {
                fault = fault ?? "can't be written: \(error.localizedDescription)"
            }
            return false
        }
    }
}
