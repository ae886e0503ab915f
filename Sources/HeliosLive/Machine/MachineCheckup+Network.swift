// SPDX-License-Identifier: MIT

extension MachineCheckup {
    func networkFindings() -> [MachineFinding] {
        socketFindings() + [drops(), overruns(), multicast(), sourceFilter(), memberships(), directSockets()]
            + physicalInterfaces().flatMap { [coalescing($0), deferral($0)] }
    }

    /// Interfaces with hardware (or a hypervisor's imitation) behind them.
    func physicalInterfaces() -> [String] {
        (files.names(in: "/sys/class/net") ?? []).filter { files.names(in: "/sys/class/net/\($0)/device") != nil }
    }

    private func setting(
        _ key: String,
        atLeast wanted: Int,
        badBelow floor: Int = .min,
        isSize: Bool = false,
        why: String
    ) -> MachineFinding {
        let shown: (Int) -> String = { isSize ? MachineText.size($0) : "\($0)" }
        return number(
            NumberCheck(
                item: CheckItem(
                    area: .network,
                    name: "network.\(key)",
                    wanted: "at least \(shown(wanted))",
                    why: why,
                    fix: "sudo sysctl -w net.core.\(key)=\(wanted)"
                ),
                path: "/proc/sys/net/core/\(key)",
                shown: shown,
                judge: { $0 >= wanted ? .good : $0 < floor ? .bad : .improvable }
            )
        )
    }

    private func socketFindings() -> [MachineFinding] {
        [
            setting(
                "rmem_max",
                atLeast: 16 << 20,
                badBelow: 1 << 20,
                isSize: true,
                why:
                    "The most that a feed socket may hold. A burst that comes while its thread is busy fills 208 KiB in "
                    + "under a millisecond; what does not fit is lost."
            ),
            setting(
                "rmem_default",
                atLeast: 1 << 20,
                isSize: true,
                why: "What a socket gets that does not ask."
            ),
            setting(
                "wmem_max",
                atLeast: 4 << 20,
                isSize: true,
                why:
                    "The most that a sending socket may hold; a full one makes an order wait or a published packet fail."
            ),
            setting(
                "netdev_budget",
                atLeast: 600,
                why:
                    "Packets that the kernel takes from the cards before it lets others run; in a burst the rest waits."
            ),
            setting(
                "netdev_max_backlog",
                atLeast: 10_000,
                why:
                    "Packets that wait between card and protocol on one processor (loopback goes this way); more are lost."
            ),
            setting(
                "busy_poll",
                atLeast: 50,
                why: "Microseconds for which poll and select look at the card themselves instead of waiting for its "
                    + "interrupt: 5 to 20 µs less on real cards."
            ),
            setting(
                "busy_read",
                atLeast: 50,
                why: "The same for a read of a socket; Helios can also ask for it socket by socket (SO_BUSY_POLL)."
            ),
        ]
    }

    /// Packets that the kernel lost before any socket saw them.
    private func drops() -> MachineFinding {
        let item = CheckItem(
            area: .network,
            name: "network.backlog_drops",
            wanted: "0",
            why: "Packets lost between card and socket since the machine started: netdev_max_backlog was too small.",
            fix: "sudo sysctl -w net.core.netdev_max_backlog=100000"
        )
        let path = "/proc/net/softnet_stat"
        let text = files.text(path)
        let rows = (text ?? "").split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace) }
        let counts = rows.compactMap { $0.count > 1 ? UInt32($0[1], radix: 16) : nil }
        guard !rows.isEmpty, counts.count == rows.count else {
            return item.finding(MachineCheckup.unreadable(text, path), .unknown)
        }
        let total = counts.reduce(UInt64(0)) { $0 + UInt64($1) }
        return item.finding("\(total)", total == 0 ? .good : .improvable)
    }

    /// Datagrams that found their socket full.
    private func overruns() -> MachineFinding {
        let item = CheckItem(
            area: .network,
            name: "network.socket_drops",
            wanted: "0",
            why: "Datagrams of all programs that found their socket full since the machine started.",
            fix: "ss -uamp"
        )
        let path = "/proc/net/snmp"
        let text = files.text(path)
        let rows = (text ?? "").split(separator: "\n").filter { $0.hasPrefix("Udp:") }
            .map { $0.split(separator: " ") }
        guard rows.count == 2, let column = rows[0].firstIndex(of: "RcvbufErrors"), column < rows[1].count,
            let count = UInt64(rows[1][column])
        else { return item.finding(MachineCheckup.unreadable(text, path), .unknown) }
        return item.finding("\(count)", count == 0 ? .good : .improvable)
    }

    private func multicast() -> MachineFinding {
        let name = physicalInterfaces().first ?? "eth0"
        let item = CheckItem(
            area: .network,
            name: "network.multicast",
            wanted: "every card",
            why: "Market data comes by multicast; an interface without the flag receives none.",
            fix: "sudo ip link set dev \(name) multicast on"
        )
        let flags = physicalInterfaces().map { interface -> Int? in
            let text = files.text("/sys/class/net/\(interface)/flags").map { MachineText.trimmed($0) } ?? ""
            return text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : nil
        }
        guard !flags.isEmpty, !flags.contains(nil) else {
            return item.finding(flags.isEmpty ? "the machine shows no card" : "the machine does not say", .unknown)
        }
        // IFF_MULTICAST
        let able = flags.filter { ($0 ?? 0) & 0x1000 != 0 }.count
        return item.finding("\(able) of \(flags.count) cards", able == flags.count ? .good : .bad)
    }

    private func sourceFilter() -> MachineFinding {
        number(
            NumberCheck(
                item: CheckItem(
                    area: .network,
                    name: "network.rp_filter",
                    wanted: "0 or 2",
                    why:
                        "1 silently drops packets whose sender is not routed over the same card, as those of most feeds.",
                    fix: "sudo sysctl -w net.ipv4.conf.all.rp_filter=2"
                ),
                path: "/proc/sys/net/ipv4/conf/all/rp_filter",
                judge: { $0 == 0 || $0 == 2 ? .good : $0 == 1 ? .bad : .unknown }
            )
        )
    }

    private func memberships() -> MachineFinding {
        number(
            NumberCheck(
                item: CheckItem(
                    area: .network,
                    name: "network.igmp_max_memberships",
                    wanted: "at least 100",
                    why: "Multicast groups that one socket may join.",
                    fix: "sudo sysctl -w net.ipv4.igmp_max_memberships=100"
                ),
                path: "/proc/sys/net/ipv4/igmp_max_memberships",
                judge: { $0 >= 100 ? .good : .improvable }
            )
        )
    }

    /// AF_XDP: packets from the card's ring without the kernel's protocols.
    private func directSockets() -> MachineFinding {
        let item = CheckItem(
            area: .network,
            name: "network.af_xdp",
            wanted: "kernel 5.11 or later with CONFIG_XDP_SOCKETS",
            why: "AF_XDP hands packets from the card to the program past the kernel's protocols.",
            fix: "zgrep XDP_SOCKETS /proc/config.gz /boot/config-*"
        )
        guard let release = files.text("/proc/sys/kernel/osrelease").map({ MachineText.trimmed($0) }),
            let version = MachineText.version(release)
        else { return item.finding("the kernel's version can't be read", .unknown) }
        guard let options = files.text("/proc/config.gz") ?? files.text("/boot/config-\(release)") else {
            return item.finding("kernel \(MachineText.shown(release)), its options can't be read", .unknown)
        }
        guard options.split(separator: "\n").contains("CONFIG_XDP_SOCKETS=y") else {
            return item.finding("kernel \(MachineText.shown(release)), built without", .improvable)
        }
        let isNew = version >= (5, 11)
        return item.finding("kernel \(MachineText.shown(release)), built with", isNew ? .good : .improvable)
    }

    private func coalescing(_ interface: String) -> MachineFinding {
        let item = CheckItem(
            area: .network,
            name: "network.\(interface).coalescing",
            wanted: "0 µs, not adaptive",
            why: "The card waits so long after a packet before it interrupts, in the hope of more.",
            fix: "sudo ethtool -C \(interface) adaptive-rx off rx-usecs 0"
        )
        guard let value = facts.coalescing[interface] else {
            return item.finding("the driver does not say", .unknown)
        }
        let shown = "\(value.receiveMicroseconds) µs\(value.isAdaptive ? ", adaptive" : "")"
        let isGood = value.receiveMicroseconds == 0 && !value.isAdaptive
        return item.finding(shown, isGood ? .good : value.receiveMicroseconds > 100 ? .bad : .improvable)
    }

    private func deferral(_ interface: String) -> MachineFinding {
        number(
            NumberCheck(
                item: CheckItem(
                    area: .network,
                    name: "network.\(interface).gro_flush_timeout",
                    wanted: "0, or with busy polling preferred 200,000 or less",
                    why: "Nanoseconds for which packets may be held back to be merged.",
                    fix: "echo 0 | sudo tee /sys/class/net/\(interface)/gro_flush_timeout"
                ),
                path: "/sys/class/net/\(interface)/gro_flush_timeout",
                judge: { $0 >= 0 && $0 <= 200_000 ? .good : .improvable }
            )
        )
    }
}
