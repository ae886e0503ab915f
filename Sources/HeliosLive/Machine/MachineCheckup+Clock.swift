// SPDX-License-Identifier: MIT

extension MachineCheckup {
    func clockFindings() -> [MachineFinding] { [source(), counter(), synchronisation(), hardwareClock()] }

    private func source() -> MachineFinding {
        let folder = "/sys/devices/system/clocksource/clocksource0"
        let available = files.text(folder + "/available_clocksource") ?? ""
        let hasCounter = available.split(whereSeparator: \.isWhitespace).contains("tsc")
        let item = CheckItem(
            area: .clock,
            name: "clock.source",
            wanted: "tsc",
            why:
                "Every time stamp reads it: 20 ns from the processor's counter, 1 µs and a system call from HPET or ACPI.",
            fix: hasCounter
                ? "echo tsc | sudo tee \(folder)/current_clocksource"
                : MachineCheckup.boot("tsc=reliable clocksource=tsc")
        )
        guard let text = files.text(folder + "/current_clocksource"), !MachineText.trimmed(text).isEmpty else {
            return item.finding("the machine does not say", .unknown)
        }
        let source = MachineText.shown(text)
        switch source {
        case "tsc", "arch_sys_counter": return item.finding(source, .good)
        case "kvm-clock", "hyperv_clocksource_tsc_page": return item.finding(source, .improvable)
        case "hpet", "acpi_pm", "jiffies", "xen", "refined-jiffies": return item.finding(source, .bad)
        default: return item.finding(source, .unknown)
        }
    }

    private func counter() -> MachineFinding {
        let item = CheckItem(
            area: .clock,
            name: "clock.counter",
            wanted: "constant_tsc and nonstop_tsc",
            why: "A counter that follows the processor's clock, or stops in its sleep, can't measure time."
        )
        guard let flags = processorFlags() else { return item.finding("/proc/cpuinfo shows no flags", .unknown) }
        let missing = ["constant_tsc", "nonstop_tsc"].filter { !flags.contains($0) }
        if missing.isEmpty { return item.finding("both", .good) }
        return item.finding("without \(missing.joined(separator: ", "))", .improvable)
    }

    /// The first processor's capabilities; nil where the kernel does not list them (or names them otherwise).
    func processorFlags() -> Set<Substring>? {
        guard let text = files.text("/proc/cpuinfo") else { return nil }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") }) else { return nil }
        return Set(line.split(whereSeparator: \.isWhitespace))
    }

    private func synchronisation() -> MachineFinding {
        let item = CheckItem(
            area: .clock,
            name: "clock.synchronised",
            wanted: "an error of at most 100 µs",
            why: "Event times of venues and receive times of ours are only comparable when the clock is right; the "
                + "regulators ask for 100 µs (RTS 25) or 50 ms (FINRA 4590).",
            fix: "sudo apt-get install -y chrony && sudo systemctl enable --now chrony"
        )
        let known = ["chronyd", "ntpd", "ptp4l", "phc2sys", "systemd-timesyn", "timemaster", "sfptpd"]
        let running = programs().map { running in known.filter { running.contains($0) } } ?? []
        let keeper = running.isEmpty ? "" : ", by \(running.joined(separator: ", "))"
        guard let clock = facts.clock else { return item.finding("the kernel does not say\(keeper)", .unknown) }
        guard clock.isSynchronized else { return item.finding("not synchronised\(keeper)", .bad) }
        let shown = "error about \(clock.errorEstimate) µs, at most \(clock.errorMax) µs\(keeper)"
        return item.finding(shown, clock.errorEstimate <= 100 ? .good : .improvable)
    }

    private func hardwareClock() -> MachineFinding {
        let item = CheckItem(
            area: .clock,
            name: "clock.ptp",
            wanted: "a PTP clock",
            why: "A card (or hypervisor) with a clock of its own stamps packets as they arrive and keeps the machine "
                + "within a microsecond; without one, software stamps and NTP must do.",
            fix: "ethtool -T \(physicalInterfaces().first ?? "eth0")"
        )
        guard files.names(in: "/sys/class") != nil else { return item.finding("no /sys/class here", .unknown) }
        let clocks = files.names(in: "/sys/class/ptp") ?? []
        let names = clocks.map { files.text("/sys/class/ptp/\($0)/clock_name").map { MachineText.shown($0) } ?? $0 }
        return item.finding(names.isEmpty ? "none" : names.joined(separator: ", "), names.isEmpty ? .improvable : .good)
    }
}
