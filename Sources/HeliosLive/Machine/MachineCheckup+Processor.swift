// SPDX-License-Identifier: MIT

extension MachineCheckup {
    func processorFindings() -> [MachineFinding] {
        [
            processorCount(), isolation(), tickless(), callbacks(), governor(), turbo(), idleStates(),
            threadsPerCore(), nodes(), mitigations(),
        ]
    }

    private func processorCount() -> MachineFinding {
        let item = CheckItem(
            area: .processor,
            name: "processor.count",
            wanted: "4 or more",
            why: "Feed, engine and gateway spin on a processor each and leave one for the system; with fewer, let one "
                + "thread do all three, or choose blocking waits."
        )
        guard !online.isEmpty else {
            let path = "/sys/devices/system/cpu/online"
            return item.finding(MachineCheckup.unreadable(files.text(path), path), .unknown)
        }
        return item.finding("\(online.count)", online.count >= 4 ? .good : online.count > 1 ? .improvable : .bad)
    }

    private func isolation() -> MachineFinding {
        let item = CheckItem(
            area: .processor,
            name: "processor.isolated",
            wanted: isolable,
            why: "On any other processor the scheduler may put a second thread beside a spinning one: milliseconds.",
            fix: MachineCheckup.boot("isolcpus=managed_irq,domain,\(isolable)")
        )
        guard let isolated else {
            let path = "/sys/devices/system/cpu/isolated"
            return item.finding(MachineCheckup.unreadable(files.text(path), path), .unknown)
        }
        return item.finding(isolated.isEmpty ? "none" : MachineText.list(isolated), isolated.isEmpty ? .bad : .good)
    }

    /// Judges a list of processors against those that are isolated.
    private func covered(_ item: CheckItem, _ list: [Int]?, otherwise: String) -> MachineFinding {
        guard let list else { return item.finding(otherwise, .unknown) }
        let bare = Set(isolated ?? []).subtracting(list)
        let shown = list.isEmpty ? "none" : MachineText.list(list)
        if list.isEmpty { return item.finding(shown, .improvable) }
        if bare.isEmpty { return item.finding(shown, .good) }
        return item.finding("\(shown), not the isolated \(MachineText.list(bare.sorted()))", .improvable)
    }

    /// What `nohz_full=` names; nil when neither the kernel nor its boot parameters say.
    private func ticklessList() -> [Int]? {
        if let text = files.text("/sys/devices/system/cpu/nohz_full") { return MachineText.processors(text) }
        guard let commandLine else { return nil }
        return MachineText.processors(MachineText.parameter("nohz_full", in: commandLine) ?? "")
    }

    private func tickless() -> MachineFinding {
        let wanted = isolated.flatMap { $0.isEmpty ? nil : MachineText.list($0) } ?? isolable
        let item = CheckItem(
            area: .processor,
            name: "processor.nohz_full",
            wanted: wanted,
            why: "The scheduler's tick stops a spinning thread 100 to 1,000 times a second for some microseconds.",
            fix: MachineCheckup.boot("nohz_full=\(wanted)")
        )
        return covered(item, ticklessList(), otherwise: "neither /sys nor the boot parameters say")
    }

    private func callbacks() -> MachineFinding {
        let wanted = isolated.flatMap { $0.isEmpty ? nil : MachineText.list($0) } ?? isolable
        let item = CheckItem(
            area: .processor,
            name: "processor.rcu_nocbs",
            wanted: wanted,
            why: "The kernel's deferred work (RCU callbacks) runs on the processor that caused it, unless moved away.",
            fix: MachineCheckup.boot("rcu_nocbs=\(wanted) rcu_nocb_poll")
        )
        guard let commandLine else { return item.finding("no /proc/cmdline here", .unknown) }
        let text = MachineText.parameter("rcu_nocbs", in: commandLine) ?? ""
        if text == "all" { return item.finding(text, .good) }
        // A processor without the tick has its callbacks moved by itself.
        let own = MachineText.processors(text)
        let list = own.map { Set($0).union(ticklessList() ?? []).sorted() }
        return covered(item, list, otherwise: "rcu_nocbs=\(MachineText.shown(text))")
    }

    private func governor() -> MachineFinding {
        let item = CheckItem(
            area: .processor,
            name: "processor.governor",
            wanted: "performance",
            why: "Other governors lower the clock when little happens, and the first packet of a burst finds it low: "
                + "tens of microseconds until it is up.",
            fix: "sudo cpupower frequency-set -g performance"
        )
        var counts: [String: Int] = [:]
        for processor in online {
            let text = files.text("/sys/devices/system/cpu/cpu\(processor)/cpufreq/scaling_governor")
            if let text { counts[MachineText.shown(text), default: 0] += 1 }
        }
        guard !counts.isEmpty else {
            return item.finding("the machine shows no cpufreq: firmware or hypervisor decides", .unknown)
        }
        let names = counts.keys.sorted()
        let shown = names.count == 1 ? names[0] : names.map { "\($0) on \(counts[$0] ?? 0)" }.joined(separator: ", ")
        return item.finding(shown, names == ["performance"] ? .good : names == ["powersave"] ? .bad : .improvable)
    }

    private func turbo() -> MachineFinding {
        let item = CheckItem(
            area: .processor,
            name: "processor.turbo",
            wanted: "on",
            why: "The higher clock shortens everything; off only where a measurement shows that its changes cost more "
                + "than it gives.",
            fix: files.text("/sys/devices/system/cpu/intel_pstate/no_turbo") != nil
                ? "echo 0 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
                : "echo 1 | sudo tee /sys/devices/system/cpu/cpufreq/boost"
        )
        let isOff = MachineText.integer(files.text("/sys/devices/system/cpu/intel_pstate/no_turbo"))
        let isOn = MachineText.integer(files.text("/sys/devices/system/cpu/cpufreq/boost"))
        switch (isOff, isOn) {
        case (0, _), (nil, 1): return item.finding("on", .good)
        case (1, _), (nil, 0): return item.finding("off", .improvable)
        default: return item.finding("the machine does not say", .unknown)
        }
    }

    /// The deepest sleep that is allowed: its name and how long waking takes, in microseconds.
    private func deepestIdle() -> (name: String, latency: Int)? {
        let folder = "/sys/devices/system/cpu/cpu\(isolated?.first ?? online.first ?? 0)/cpuidle"
        var deepest: (name: String, latency: Int)?
        for state in files.names(in: folder) ?? [] {
            guard let latency = MachineText.integer(files.text("\(folder)/\(state)/latency")),
                MachineText.integer(files.text("\(folder)/\(state)/disable")) ?? 0 == 0
            else { continue }
            let name = files.text("\(folder)/\(state)/name").map { MachineText.shown($0) } ?? state
            if latency >= deepest?.latency ?? 0 { deepest = (name, latency) }
        }
        return deepest
    }

    private func idleStates() -> MachineFinding {
        let item = CheckItem(
            area: .processor,
            name: "processor.idle",
            wanted: "waking within 2 µs (C1)",
            why: "A processor that sleeps deeply needs tens to hundreds of microseconds to wake. A thread that spins "
                + "keeps its own awake; threads that block, and interrupts, meet the sleeping ones.",
            fix: "sudo cpupower idle-set -D 2"
        )
        if let commandLine, MachineText.parameter("idle", in: commandLine) == "poll" {
            return item.finding("idle=poll: never asleep", .good)
        }
        guard let deepest = deepestIdle() else {
            return item.finding("the machine shows no cpuidle: firmware or hypervisor decides", .unknown)
        }
        let verdict: MachineVerdict = deepest.latency <= 2 ? .good : deepest.latency <= 10 ? .improvable : .bad
        return item.finding("\(deepest.name), waking within \(deepest.latency) µs", verdict)
    }

    private func threadsPerCore() -> MachineFinding {
        let item = CheckItem(
            area: .processor,
            name: "processor.smt",
            wanted: "off, or the second thread of each hot core left empty",
            why: "Two threads of a core share its caches and units: what runs on the other takes up to half the speed.",
            fix: "echo off | sudo tee /sys/devices/system/cpu/smt/control"
        )
        let control = files.text("/sys/devices/system/cpu/smt/control").map { MachineText.trimmed($0) }
        switch MachineText.integer(files.text("/sys/devices/system/cpu/smt/active")) {
        case 0: return item.finding(control ?? "off", .good)
        case 1: return item.finding("on", .improvable)
        default: return item.finding("the machine does not say", .unknown)
        }
    }

    private func nodes() -> MachineFinding {
        let item = CheckItem(
            area: .processor,
            name: "processor.numa",
            wanted: "one node, or network card and hot processors on the same one",
            why: "A packet or a record from another node's memory costs about 100 ns more at each first touch.",
            fix: "cat /sys/class/net/*/device/numa_node /sys/devices/system/node/node*/cpulist"
        )
        guard let text = files.text("/sys/devices/system/node/online"), let nodes = MachineText.processors(text) else {
            return item.finding("the machine does not say", .unknown)
        }
        guard nodes.count > 1 else { return item.finding("1 node", .good) }
        let cards = physicalInterfaces().compactMap {
            MachineText.integer(files.text("/sys/class/net/\($0)/device/numa_node"))
        }
        let hot = nodes.filter { node in
            let list = files.text("/sys/devices/system/node/node\(node)/cpulist").flatMap(MachineText.processors) ?? []
            return !Set(list).isDisjoint(with: isolated ?? [])
        }
        let places = "cards on \(cards.isEmpty ? "?" : MachineText.list(Set(cards).sorted()))"
        let shown = "\(nodes.count) nodes, \(places), isolated on \(hot.isEmpty ? "none" : MachineText.list(hot))"
        guard !cards.isEmpty, !hot.isEmpty else { return item.finding(shown, .improvable) }
        return item.finding(shown, Set(hot).isSubset(of: cards) ? .good : .bad)
    }

    private func mitigations() -> MachineFinding {
        let item = CheckItem(
            area: .processor,
            name: "processor.mitigations",
            wanted: "none active, only where nothing but your own code runs",
            why:
                "Protection against leaks between programs makes each system call up to a microsecond slower. Switching "
                + "it off is a security decision; kernel bypass avoids the calls instead.",
            fix: MachineCheckup.boot("mitigations=off")
        )
        let folder = "/sys/devices/system/cpu/vulnerabilities"
        guard let names = files.names(in: folder), !names.isEmpty else {
            return item.finding("the machine does not say", .unknown)
        }
        let active = names.filter { files.text("\(folder)/\($0)")?.contains("Mitigation") == true }
        return item.finding("\(active.count) of \(names.count) active", active.isEmpty ? .good : .improvable)
    }
}
