// SPDX-License-Identifier: MIT

extension MachineCheckup {
    func systemFindings() -> [MachineFinding] {
        [
            interrupts(), balancer(), realtimeShare(), watchdog(), statistics(),
            limit("memlock", "Max locked memory", wanted: nil, capability: 14, why: MachineCheckup.lockedMemory),
            limit("rtprio", "Max realtime priority", wanted: 50, capability: 23, why: MachineCheckup.realtime),
            limit("nofile", "Max open files", wanted: 65_536, capability: nil, why: MachineCheckup.openFiles),
            virtualisation(), stolen(), container(), quota(),
        ]
    }

    private static let lockedMemory =
        "Memory that is not locked may be taken away and must come back at the worst time."
    private static let realtime = "Without it a thread can't ask to go before all ordinary ones."
    private static let openFiles = "Sockets, journal segments and data files count together."

    private func interrupts() -> MachineFinding {
        let list = isolated ?? []
        let rest = online.filter { !list.contains($0) }
        let item = CheckItem(
            area: .system,
            name: "system.interrupts",
            wanted: "none on isolated processors",
            why: "An interrupt takes the processor from its thread for 1 to 20 µs and its lines from the cache.",
            fix: "for i in /proc/irq/*/smp_affinity_list; do echo \(rest.isEmpty ? "0-1" : MachineText.list(rest)) | "
                + "sudo tee $i; done"
        )
        guard let names = files.names(in: "/proc/irq") else { return item.finding("no /proc/irq here", .unknown) }
        if list.isEmpty { return item.finding("no processor is isolated", isolated == nil ? .unknown : .improvable) }
        var all = 0
        var inside = 0
        for name in names where Int(name) != nil {
            let folder = "/proc/irq/\(name)"
            // Where it goes in fact; older kernels only say where it may go.
            let text = files.text(folder + "/effective_affinity_list") ?? files.text(folder + "/smp_affinity_list")
            guard let targets = text.flatMap(MachineText.processors) else { continue }
            all += 1
            if !Set(targets).isDisjoint(with: list) { inside += 1 }
        }
        guard all > 0 else { return item.finding("the machine does not say", .unknown) }
        return item.finding("\(inside) of \(all) on isolated processors", inside == 0 ? .good : .bad)
    }

    private func balancer() -> MachineFinding {
        let item = CheckItem(
            area: .system,
            name: "system.irqbalance",
            wanted: "not running",
            why: "It moves interrupts between processors, also to where you did not want them.",
            fix: "sudo systemctl disable --now irqbalance"
        )
        guard let programs = programs() else { return item.finding("/proc shows no programs", .unknown) }
        let isRunning = programs.contains("irqbalance")
        return item.finding(isRunning ? "running" : "not running", isRunning ? .improvable : .good)
    }

    private func realtimeShare() -> MachineFinding {
        number(
            NumberCheck(
                item: CheckItem(
                    area: .system,
                    name: "system.sched_rt_runtime_us",
                    wanted: "-1",
                    why: "Of each second a spinning thread with real-time priority is stopped for the rest of the "
                        + "1,000,000 µs: 50 ms at the usual 950000. With -1 such a thread must have its processor for itself.",
                    fix: "sudo sysctl -w kernel.sched_rt_runtime_us=-1"
                ),
                path: "/proc/sys/kernel/sched_rt_runtime_us",
                judge: { $0 == -1 ? .good : .improvable }
            )
        )
    }

    private func watchdog() -> MachineFinding {
        number(
            NumberCheck(
                item: CheckItem(
                    area: .system,
                    name: "system.nmi_watchdog",
                    wanted: "0",
                    why: "The watchdog interrupts every processor, isolated ones too, about once in four seconds.",
                    fix: "sudo sysctl -w kernel.nmi_watchdog=0"
                ),
                path: "/proc/sys/kernel/nmi_watchdog",
                judge: { $0 == 0 ? .good : .improvable }
            )
        )
    }

    private func statistics() -> MachineFinding {
        number(
            NumberCheck(
                item: CheckItem(
                    area: .system,
                    name: "system.stat_interval",
                    wanted: "at least 10",
                    why: "Seconds between two visits of the kernel's memory statistics to every processor.",
                    fix: "sudo sysctl -w vm.stat_interval=120"
                ),
                path: "/proc/sys/vm/stat_interval",
                judge: { $0 >= 10 ? .good : .improvable }
            )
        )
    }

    /// Judges a limit of this process; nil wants it unlimited.
    private func limit(
        _ name: String,
        _ label: String,
        wanted: Int?,
        capability: Int?,
        why: String
    ) -> MachineFinding {
        let value = wanted.map { "\($0)" } ?? "unlimited"
        let item = CheckItem(
            area: .system,
            name: "system.\(name)",
            wanted: wanted == nil ? value : "at least \(value)",
            why: why,
            fix: "echo '* - \(name) \(value)' | sudo tee /etc/security/limits.d/60-helios-\(name).conf"
        )
        let row = (files.text("/proc/self/limits") ?? "").split(separator: "\n").first { $0.hasPrefix(label + " ") }
        guard let soft = row?.dropFirst(label.count).split(separator: " ").first.map(String.init),
            soft == "unlimited" || Int(soft) != nil
        else { return item.finding("/proc/self/limits does not say", .unknown) }
        if let capability, holds(capability) { return item.finding("\(soft), but this user may anyway", .good) }
        let isEnough = soft == "unlimited" || (wanted ?? .max) <= Int(soft) ?? 0
        return item.finding(soft, isEnough ? .good : .improvable)
    }

    /// Whether this process has a capability of Linux, by its number.
    private func holds(_ capability: Int) -> Bool {
        let row = (files.text("/proc/self/status") ?? "").split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let digits = row?.dropFirst("CapEff:".count)
        return digits.flatMap { UInt64(MachineText.trimmed($0), radix: 16) }.map { $0 >> capability & 1 == 1 } ?? false
    }

    private func virtualisation() -> MachineFinding {
        let item = CheckItem(
            area: .system,
            name: "system.virtualisation",
            wanted: "bare metal",
            why: "A hypervisor may stop a virtual processor at any time and sees every interrupt first: no setting in "
                + "here brings the tail of the latencies back."
        )
        let product = files.text("/sys/class/dmi/id/product_name").map { MachineText.shown($0) }
        guard let flags = processorFlags() else {
            return item.finding(product ?? "the machine does not say", .unknown)
        }
        guard flags.contains("hypervisor") else { return item.finding(product ?? "bare metal", .good) }
        return item.finding(product.map { "virtual machine (\($0))" } ?? "virtual machine", .improvable)
    }

    /// Time that the hypervisor gave to others.
    private func stolen() -> MachineFinding {
        let item = CheckItem(
            area: .system,
            name: "system.steal",
            wanted: "0",
            why: "Time since the start in which this machine wanted to run and the hypervisor let another one."
        )
        let line = (files.text("/proc/stat") ?? "").split(separator: "\n").first { $0.hasPrefix("cpu ") }
        let values = line?.split(separator: " ").dropFirst().map { UInt64($0) } ?? []
        guard values.count >= 8, !values.contains(nil) else { return item.finding("/proc/stat does not say", .unknown) }
        let times = values.prefix(8).map { Double($0 ?? 0) }
        let share = times[7] / max(times.reduce(0, +), 1)
        let tenths = Int((share * 10_000).rounded())
        let shown = times[7] == 0 ? "0" : "\(tenths / 100).\(tenths % 100 < 10 ? "0" : "")\(tenths % 100) %"
        return item.finding(shown, times[7] == 0 ? .good : share > 0.001 ? .bad : .improvable)
    }

    private func container() -> MachineFinding {
        let item = CheckItem(
            area: .system,
            name: "system.container",
            wanted: "none, or one with the host's network and its own processors",
            why: "A container's bridge costs 10 to 30 µs a packet and does not pass multicast on.",
            fix: "docker run --network host --cpuset-cpus \(isolable) --ulimit memlock=-1 --cap-add SYS_NICE ..."
        )
        let groups = files.text("/proc/1/cgroup")
        let words = ["docker", "kubepods", "containerd", "lxc", "libpod"]
        let isInside =
            files.text("/.dockerenv") != nil || files.text("/run/.containerenv") != nil
            || words.contains { groups?.contains($0) == true }
        if isInside { return item.finding("in a container", .improvable) }
        return groups == nil ? item.finding("no /proc/1/cgroup here", .unknown) : item.finding("none", .good)
    }

    private func quota() -> MachineFinding {
        let item = CheckItem(
            area: .system,
            name: "system.cpu_quota",
            wanted: "none",
            why: "A group that has used up its share is stopped until the next period, up to 100 ms.",
            fix: "start it without --cpus (Docker), limits.cpu (Kubernetes) or CPUQuota= (systemd)"
        )
        let path = "/sys/fs/cgroup/cpu.max"
        // The root group has no such file.
        guard let text = files.text(path) else {
            return files.names(in: "/sys/fs/cgroup") == nil
                ? item.finding("no /sys/fs/cgroup here", .unknown) : item.finding("none", .good)
        }
        let parts = text.split(whereSeparator: \.isWhitespace)
        if parts.first == "max" { return item.finding("none", .good) }
        guard parts.count == 2, let share = Int(parts[0]), let period = Int(parts[1]), share > 0, period > 0 else {
            return item.finding(MachineCheckup.unreadable(text, path), .unknown)
        }
        return item.finding("\(share) µs of each \(period) µs", .bad)
    }
}
