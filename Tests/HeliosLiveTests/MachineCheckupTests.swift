// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import Testing

private func verdicts(_ recording: String, _ facts: MachineFacts = MachineFacts()) -> [String: MachineVerdict] {
    let findings = MachineCheckup(RecordedFiles(recording), facts: facts).findings()
    return Dictionary(findings.map { ($0.name, $0.verdict) }) { first, _ in first }
}

private func finding(_ name: String, _ recording: String, _ facts: MachineFacts = MachineFacts()) throws
    -> MachineFinding
{
    let findings = MachineCheckup(RecordedFiles(recording), facts: facts).findings()
    return try #require(findings.first { $0.name == name })
}

@Suite("Checkup of recorded machines")
struct MachineCheckupTests {
    @Test("on a server set up for trading everything is good and nothing is to be done")
    func tunedServer() {
        let findings = MachineCheckup(
            RecordedFiles(MachineRecordings.tunedServer),
            facts: MachineRecordings.tunedServerFacts
        ).findings()
        for finding in findings {
            #expect(finding.verdict == .good, "\(finding.name): \(finding.found)")
            #expect(finding.fix == nil, "\(finding.name)")
        }
        #expect(findings.count >= 40)
    }

    @Test("every finding has a name of its own, a value wanted and a reason")
    func completeness() {
        for recording in [MachineRecordings.tunedServer, MachineRecordings.laptop, MachineRecordings.container, ""] {
            let findings = MachineCheckup(RecordedFiles(recording)).findings()
            #expect(Set(findings.map(\.name)).count == findings.count)
            for finding in findings {
                #expect(!finding.found.isEmpty && !finding.wanted.isEmpty && !finding.why.isEmpty, "\(finding.name)")
                #expect(finding.name.hasPrefix(finding.area.rawValue + "."))
                #expect(finding.why.hasSuffix("."), "\(finding.name)")
            }
        }
    }

    @Test("what is wrong with a laptop is found")
    func laptop() {
        let found = verdicts(MachineRecordings.laptop, MachineRecordings.laptopFacts)
        let bad = [
            "processor.isolated", "processor.governor", "processor.idle", "memory.swap", "clock.source",
            "network.rmem_max", "network.rp_filter", "network.wlp3s0.coalescing",
        ]
        #expect(found.filter { $0.value == .bad }.keys.sorted() == bad.sorted())
        let improvable = [
            "processor.nohz_full", "processor.rcu_nocbs", "processor.turbo", "processor.smt", "processor.mitigations",
            "memory.hugepages", "memory.thp", "memory.swappiness", "clock.counter", "clock.synchronised", "clock.ptp",
            "network.rmem_default", "network.wmem_max", "network.netdev_budget", "network.netdev_max_backlog",
            "network.busy_poll", "network.busy_read", "network.backlog_drops", "network.socket_drops",
            "network.igmp_max_memberships", "network.af_xdp", "system.interrupts", "system.irqbalance",
            "system.sched_rt_runtime_us", "system.nmi_watchdog", "system.stat_interval", "system.memlock",
            "system.rtprio", "system.nofile",
        ]
        // A small machine has no PTP clock only when /sys/class shows none: this recording has /sys/class/net.
        #expect(found.filter { $0.value == .improvable }.keys.sorted() == improvable.sorted())
        #expect(found["processor.count"] == .good)
        #expect(found["system.virtualisation"] == .good)
    }

    @Test("the values found and the commands are the machine's own")
    func values() throws {
        func item(_ name: String) throws -> MachineFinding {
            try finding(name, MachineRecordings.laptop, MachineRecordings.laptopFacts)
        }
        #expect(try item("processor.isolated").wanted == "2-3")
        #expect(try item("processor.isolated").fix?.contains("isolcpus=managed_irq,domain,2-3 ") == true)
        #expect(try item("processor.governor").found == "powersave")
        #expect(try item("processor.idle").found == "C10, waking within 890 µs")
        #expect(try item("memory.swappiness").found == "60")
        #expect(try item("clock.source").fix?.hasPrefix("echo tsc | sudo tee /sys/") == true)
        #expect(try item("clock.synchronised").found == "error about 2500 µs, at most 800000 µs, by systemd-timesyn")
        #expect(try item("network.rmem_max").found == "208 KiB")
        #expect(try item("network.rmem_max").fix == "sudo sysctl -w net.core.rmem_max=16777216")
        #expect(try item("network.backlog_drops").found == "11")
        #expect(try item("network.socket_drops").found == "77")
        #expect(try item("network.wlp3s0.coalescing").found == "250 µs, adaptive")
        #expect(try item("network.af_xdp").found == "kernel 5.4.0-90-generic, built with")
        #expect(try item("system.nofile").found == "1024")
    }

    @Test("a container without /sys says 'can't tell' instead of guessing, and its quota is bad")
    func container() throws {
        let found = verdicts(MachineRecordings.container)
        #expect(found["system.cpu_quota"] == .bad)
        #expect(try finding("system.cpu_quota", MachineRecordings.container).found == "50000 µs of each 100000 µs")
        #expect(found["system.container"] == .improvable)
        #expect(found["system.virtualisation"] == .improvable)
        // 500 of 93,500 hundredths of a second.
        #expect(try finding("system.steal", MachineRecordings.container).found == "0.53 %")
        #expect(found["system.steal"] == .bad)
        for name in [
            "processor.count", "processor.isolated", "processor.governor", "processor.turbo", "processor.idle",
            "processor.smt", "processor.numa", "processor.mitigations", "memory.thp", "clock.source",
            "clock.synchronised", "clock.ptp", "network.rmem_max", "network.multicast", "network.af_xdp",
            "system.interrupts",
        ] {
            #expect(found[name] == .unknown, "\(name)")
        }
        // Docker's default capabilities hold neither IPC_LOCK nor SYS_NICE.
        #expect(found["system.memlock"] == .improvable)
        #expect(found["system.rtprio"] == .improvable)
    }

    @Test("a machine that shows nothing is neither good nor bad")
    func nothing() {
        let findings = MachineCheckup(RecordedFiles("")).findings()
        #expect(findings.allSatisfy { $0.verdict == .unknown })
    }

    @Test("a capability stands in for a limit")
    func capability() throws {
        let root = MachineRecordings.container.replacingOccurrences(of: "00000000a80425fb", with: "000001ffffffffff")
        #expect(try finding("system.memlock", root).verdict == .good)
        #expect(try finding("system.rtprio", root).found == "0, but this user may anyway")
    }

    @Test("an interrupt that may go to an isolated processor is bad, by where it goes in fact")
    func interrupts() throws {
        let wrong = MachineRecordings.tunedServer.replacingOccurrences(
            of: "== /proc/irq/24/effective_affinity_list\n0",
            with: "== /proc/irq/24/effective_affinity_list\n3"
        )
        let item = try finding("system.interrupts", wrong)
        #expect(item.verdict == .bad)
        #expect(item.found == "1 of 2 on isolated processors")
        #expect(item.fix?.contains("echo 0-1,6-7 |") == true)
    }

    @Test("isolated processors with a tick, or far from the card, are found")
    func halfTuned() throws {
        let ticking = MachineRecordings.tunedServer
            .replacingOccurrences(of: "nohz_full\n2-5", with: "nohz_full\n2-3")
            .replacingOccurrences(of: "rcu_nocbs=2-5", with: "")
        #expect(try finding("processor.nohz_full", ticking).found == "2-3, not the isolated 4-5")
        #expect(try finding("processor.nohz_full", ticking).verdict == .improvable)
        // A processor without tick needs no mention in rcu_nocbs.
        #expect(try finding("processor.rcu_nocbs", ticking).found == "2-3, not the isolated 4-5")
        let far = MachineRecordings.tunedServer.replacingOccurrences(of: "numa_node\n0", with: "numa_node\n1")
        #expect(try finding("processor.numa", far).verdict == .bad)
        #expect(try finding("processor.numa", far).found == "2 nodes, cards on 1, isolated on 0")
    }
}

@Suite("Checkup of malformed files")
struct MachineMalformedTests {
    /// Contents that no kernel writes.
    static let contents = [
        "", "\n\n", "garbage", "-", "0-", "-1-3", "5-2", "0-99999999999", "1,,2", "18446744073709551616", "[", "][",
        "9223372036854775807", "-9223372036854775808", "0-15:0/0", "0-15:9/2", "0x", "nan", "HugePages_Total:\n",
        "HugePages_Total: 9223372036854775807\nHugepagesize: 9223372036854775807", "Udp: RcvbufErrors\nUdp:",
        "cpu  1 2 3", "cpu  a b c d e f g h", "Max open files", "CapEff:\tzz", "flags", "max", "0 0", "5 x",
        "\u{0}\u{1}",
        "cpu  18446744073709551615 18446744073709551615 0 0 0 0 0 18446744073709551615",
    ]

    @Test("each file in turn, and all at once, may hold anything", arguments: contents)
    func anything(_ content: String) {
        let files = RecordedFiles(MachineRecordings.tunedServer)
        var allWrong = files
        for path in files.contents.keys {
            var one = files
            one.contents[path] = content
            allWrong.contents[path] = content
            let findings = MachineCheckup(one, facts: MachineRecordings.tunedServerFacts).findings()
            #expect(findings.count >= 40)
        }
        for finding in MachineCheckup(allWrong).findings() {
            #expect(!finding.found.isEmpty)
            #expect(!finding.found.contains("\n"))
        }
    }

    @Test("a number that is none is shown and not judged")
    func shown() throws {
        var files = RecordedFiles(MachineRecordings.tunedServer)
        files.contents["/proc/sys/net/core/rmem_max"] = "much\nmore"
        files.contents["/sys/devices/system/cpu/isolated"] = "2-"
        let findings = MachineCheckup(files).findings()
        let size = try #require(findings.first { $0.name == "network.rmem_max" })
        #expect(size.verdict == .unknown)
        #expect(size.found == "/proc/sys/net/core/rmem_max says 'much'")
        let isolated = try #require(findings.first { $0.name == "processor.isolated" })
        #expect(isolated.verdict == .unknown)
        #expect(isolated.found == "/sys/devices/system/cpu/isolated says '2-'")
    }
}

@Suite("Checkup of a folder and of this machine")
struct MachineLocalTests {
    @Test("a copy of a machine's files below a folder is read, packed ones too, and a damaged one is not believed")
    func folder() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("helios-doctor-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in RecordedFiles(MachineRecordings.laptop).contents {
            let file = root.appendingPathComponent(path)
            let folder = file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let local = MachineCheckup(LocalFiles(root: root.path), facts: MachineRecordings.laptopFacts).findings()
        let recorded = MachineCheckup(
            RecordedFiles(MachineRecordings.laptop),
            facts: MachineRecordings.laptopFacts
        ).findings()
        #expect(local == recorded)

        // "CONFIG_XDP_SOCKETS=n\n", packed by gzip 1.12.
        let packed: [UInt8] = [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x73, 0xF6, 0xF7, 0x73,
            0xF3, 0x74, 0x8F, 0x8F, 0x70, 0x09, 0x88, 0x0F, 0xF6, 0x77, 0xF6, 0x76, 0x0D, 0x09,
            0xB6, 0xCD, 0xE3, 0x02, 0x00, 0xF8, 0xE7, 0x95, 0xAF, 0x15, 0x00, 0x00, 0x00,
        ]
        let file = root.appendingPathComponent("proc/config.gz")
        try Data(packed).write(to: file)
        #expect(LocalFiles(root: root.path).text("/proc/config.gz") == "CONFIG_XDP_SOCKETS=n\n")
        try Data(packed.dropLast(4)).write(to: file)
        #expect(LocalFiles(root: root.path).text("/proc/config.gz") == nil)
        #expect(LocalFiles(root: root.path).text("/proc") == nil)
    }

    @Test("this machine can be inspected")
    func thisMachine() {
        let findings = MachineCheckup.ofThisMachine().findings()
        #expect(findings.count >= 40)
        #if os(Linux)
        #expect(findings.contains { $0.verdict != .unknown })
        #endif
    }
}
