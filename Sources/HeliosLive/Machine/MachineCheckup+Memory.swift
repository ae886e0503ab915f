// SPDX-License-Identifier: MIT

extension MachineCheckup {
    func memoryFindings() -> [MachineFinding] {
        [hugePages(), transparentPages(), swap(), swappiness(), balancing(), merging()]
    }

    private func hugePages() -> MachineFinding {
        let item = CheckItem(
            area: .memory,
            name: "memory.hugepages",
            wanted: "512 pages of 2 MiB",
            why: "Books and order tables of hundreds of megabytes miss the address cache at nearly every access with "
                + "4 KiB pages. Reserved pages are sure, transparent ones are a hope.",
            fix: "sudo sysctl -w vm.nr_hugepages=512"
        )
        let text = files.text("/proc/meminfo")
        guard let total = MachineText.field("HugePages_Total", in: text),
            let size = MachineText.field("Hugepagesize", in: text)
        else { return item.finding("/proc/meminfo does not say", .unknown) }
        let free = MachineText.field("HugePages_Free", in: text) ?? 0
        // Compared by division: a page count from outside times a size could leave 64 bits.
        let wanted = size > 0 ? (1 << 20) / size : 512
        return item.finding(
            "\(total) of \(MachineText.size(min(size, 1 << 30) * 1_024)), \(free) free",
            total >= wanted ? .good : .improvable
        )
    }

    private func transparentPages() -> MachineFinding {
        let item = CheckItem(
            area: .memory,
            name: "memory.thp",
            wanted: "madvise",
            why: "Helios asks for huge pages where they pay. 'always' lets the kernel build them everywhere and stop "
                + "threads for it; 'never' refuses them to the books too.",
            fix: "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"
        )
        let path = "/sys/kernel/mm/transparent_hugepage/enabled"
        let text = files.text(path)
        guard let mode = MachineText.chosen(text), ["always", "madvise", "never"].contains(mode) else {
            return item.finding(MachineCheckup.unreadable(text, path), .unknown)
        }
        return item.finding(mode, mode == "madvise" ? .good : .improvable)
    }

    /// Whether anything can be swapped out; nil when the machine does not say.
    private var hasSwap: Bool? {
        files.text("/proc/swaps").map { $0.split(separator: "\n").count > 1 }
    }

    private func swap() -> MachineFinding {
        let item = CheckItem(
            area: .memory,
            name: "memory.swap",
            wanted: "none",
            why: "One page that has to come back from disk stops its thread for 0.1 to 10 ms.",
            fix: "sudo swapoff -a"
        )
        guard let hasSwap else { return item.finding("no /proc/swaps here", .unknown) }
        return item.finding(hasSwap ? "in use" : "none", hasSwap ? .bad : .good)
    }

    private func swappiness() -> MachineFinding {
        let hasNone = hasSwap == false
        return number(
            NumberCheck(
                item: CheckItem(
                    area: .memory,
                    name: "memory.swappiness",
                    wanted: hasNone ? "any: there is no swap" : "0 or 1",
                    why: "How readily the kernel writes a program's pages to disk to keep files in memory.",
                    fix: "sudo sysctl -w vm.swappiness=1"
                ),
                path: "/proc/sys/vm/swappiness",
                judge: { hasNone || $0 <= 1 ? .good : .improvable }
            )
        )
    }

    private func balancing() -> MachineFinding {
        number(
            NumberCheck(
                item: CheckItem(
                    area: .memory,
                    name: "memory.numa_balancing",
                    wanted: "0",
                    why: "The kernel takes pages away for a moment to see who uses them: a fault of microseconds each.",
                    fix: "sudo sysctl -w kernel.numa_balancing=0"
                ),
                path: "/proc/sys/kernel/numa_balancing",
                judge: { $0 == 0 ? .good : .improvable }
            )
        )
    }

    private func merging() -> MachineFinding {
        number(
            NumberCheck(
                item: CheckItem(
                    area: .memory,
                    name: "memory.ksm",
                    wanted: "0",
                    why: "Merging equal pages makes the next write to one a fault and a copy.",
                    fix: "echo 0 | sudo tee /sys/kernel/mm/ksm/run"
                ),
                path: "/sys/kernel/mm/ksm/run",
                judge: { $0 == 0 ? .good : .improvable }
            )
        )
    }
}
