// SPDX-License-Identifier: MIT
import HeliosLive

/// A machine's files as a text: a line `== PATH` before each file's content.
struct RecordedFiles: MachineFiles {
    var contents: [String: String]

    init(_ recording: String) {
        contents = [:]
        var path: String?
        var lines: [Substring] = []
        let end: [Substring] = ["== "]
        for line in recording.split(separator: "\n", omittingEmptySubsequences: false) + end {
            guard line.hasPrefix("== ") else {
                lines.append(line)
                continue
            }
            if let path { contents[path] = lines.joined(separator: "\n") + "\n" }
            path = String(line.dropFirst(3))
            lines = []
        }
    }

    func text(_ path: String) -> String? { contents[path] }

    func names(in folder: String) -> [String]? {
        let prefix = folder + "/"
        let names = contents.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        let first = Set(names.compactMap { $0.split(separator: "/").first.map(String.init) })
        return first.isEmpty ? nil : first.sorted()
    }
}

/// What three kinds of machines say of themselves, shortened to what a checkup reads.
enum MachineRecordings {
    /// A two-socket server in a colocation, set up for trading: everything as it should be.
    static let tunedServer = """
        == /proc/cmdline
        BOOT_IMAGE=/vmlinuz-6.1 root=/dev/sda1 isolcpus=managed_irq,domain,2-5 nohz_full=2-5 rcu_nocbs=2-5 mitigations=off
        == /sys/devices/system/cpu/online
        0-7
        == /sys/devices/system/cpu/isolated
        2-5
        == /sys/devices/system/cpu/nohz_full
        2-5
        \((0..<8).map { "== /sys/devices/system/cpu/cpu\($0)/cpufreq/scaling_governor\nperformance" }
            .joined(separator: "\n"))
        == /sys/devices/system/cpu/intel_pstate/no_turbo
        0
        == /sys/devices/system/cpu/cpu2/cpuidle/state0/name
        POLL
        == /sys/devices/system/cpu/cpu2/cpuidle/state0/latency
        0
        == /sys/devices/system/cpu/cpu2/cpuidle/state0/disable
        0
        == /sys/devices/system/cpu/cpu2/cpuidle/state1/name
        C1
        == /sys/devices/system/cpu/cpu2/cpuidle/state1/latency
        2
        == /sys/devices/system/cpu/cpu2/cpuidle/state1/disable
        0
        == /sys/devices/system/cpu/cpu2/cpuidle/state2/name
        C6
        == /sys/devices/system/cpu/cpu2/cpuidle/state2/latency
        170
        == /sys/devices/system/cpu/cpu2/cpuidle/state2/disable
        1
        == /sys/devices/system/cpu/smt/active
        0
        == /sys/devices/system/cpu/smt/control
        off
        == /sys/devices/system/cpu/vulnerabilities/meltdown
        Not affected
        == /sys/devices/system/cpu/vulnerabilities/spectre_v2
        Vulnerable
        == /sys/devices/system/node/online
        0-1
        == /sys/devices/system/node/node0/cpulist
        0-5
        == /sys/devices/system/node/node1/cpulist
        6-7
        == /proc/meminfo
        MemTotal:       131072000 kB
        HugePages_Total:    2048
        HugePages_Free:     2048
        Hugepagesize:       2048 kB
        == /sys/kernel/mm/transparent_hugepage/enabled
        always [madvise] never
        == /proc/swaps
        Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
        == /proc/sys/vm/swappiness
        0
        == /proc/sys/kernel/numa_balancing
        0
        == /sys/kernel/mm/ksm/run
        0
        == /sys/devices/system/clocksource/clocksource0/current_clocksource
        tsc
        == /sys/devices/system/clocksource/clocksource0/available_clocksource
        tsc hpet acpi_pm
        == /proc/cpuinfo
        processor\t: 0
        model name\t: A server processor
        flags\t\t: fpu tsc constant_tsc nonstop_tsc sse4_2
        == /proc/1/comm
        systemd
        == /proc/812/comm
        ptp4l
        == /proc/813/comm
        phc2sys
        == /sys/class/ptp/ptp0/clock_name
        card 0 clock
        == /proc/sys/net/core/rmem_max
        67108864
        == /proc/sys/net/core/rmem_default
        4194304
        == /proc/sys/net/core/wmem_max
        16777216
        == /proc/sys/net/core/netdev_budget
        600
        == /proc/sys/net/core/netdev_max_backlog
        100000
        == /proc/sys/net/core/busy_poll
        50
        == /proc/sys/net/core/busy_read
        50
        == /proc/net/softnet_stat
        00554b6e 00000000 00000000 00000000
        00633502 00000000 00000001 00000000
        == /proc/net/snmp
        Ip: Forwarding DefaultTTL
        Ip: 1 64
        Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
        Udp: 1200000 12 0 33000 0 0
        == /sys/class/net/lo/flags
        0x9
        == /sys/class/net/ens1/flags
        0x1003
        == /sys/class/net/ens1/device/numa_node
        0
        == /sys/class/net/ens1/gro_flush_timeout
        0
        == /proc/sys/net/ipv4/conf/all/rp_filter
        2
        == /proc/sys/net/ipv4/igmp_max_memberships
        500
        == /proc/sys/kernel/osrelease
        6.1.0-18-amd64
        == /boot/config-6.1.0-18-amd64
        CONFIG_64BIT=y
        CONFIG_XDP_SOCKETS=y
        == /proc/irq/24/effective_affinity_list
        0
        == /proc/irq/25/effective_affinity_list
        1
        == /proc/irq/25/smp_affinity_list
        0-7
        == /proc/irq/default_smp_affinity
        3
        == /proc/sys/kernel/sched_rt_runtime_us
        -1
        == /proc/sys/kernel/nmi_watchdog
        0
        == /proc/sys/vm/stat_interval
        120
        == /proc/self/limits
        Limit                     Soft Limit           Hard Limit           Units
        Max open files            1048576              1048576              files
        Max locked memory         unlimited            unlimited            bytes
        Max realtime priority     99                   99
        == /sys/class/dmi/id/product_name
        Rack Server 7
        == /proc/stat
        cpu  100 0 200 99999 0 0 0 0 0 0
        == /proc/1/cgroup
        0::/init.scope
        == /sys/fs/cgroup/cgroup.controllers
        cpu memory
        """

    static let tunedServerFacts = MachineFacts(
        clock: .init(isSynchronized: true, errorMax: 12, errorEstimate: 1),
        coalescing: ["ens1": .init(receiveMicroseconds: 0, isAdaptive: false)]
    )

    /// A laptop as it comes: saving power, swapping, on a wireless card.
    static let laptop = """
        == /proc/cmdline
        BOOT_IMAGE=/vmlinuz-6.8 root=/dev/nvme0n1p2 quiet splash
        == /sys/devices/system/cpu/online
        0-3
        == /sys/devices/system/cpu/isolated

        == /sys/devices/system/cpu/nohz_full
        (null)
        \((0..<4).map { "== /sys/devices/system/cpu/cpu\($0)/cpufreq/scaling_governor\npowersave" }
            .joined(separator: "\n"))
        == /sys/devices/system/cpu/intel_pstate/no_turbo
        1
        == /sys/devices/system/cpu/cpu0/cpuidle/state1/name
        C1E
        == /sys/devices/system/cpu/cpu0/cpuidle/state1/latency
        10
        == /sys/devices/system/cpu/cpu0/cpuidle/state3/name
        C10
        == /sys/devices/system/cpu/cpu0/cpuidle/state3/latency
        890
        == /sys/devices/system/cpu/smt/active
        1
        == /sys/devices/system/cpu/smt/control
        on
        == /sys/devices/system/cpu/vulnerabilities/meltdown
        Mitigation: PTI
        == /sys/devices/system/cpu/vulnerabilities/retbleed
        Not affected
        == /sys/devices/system/node/online
        0
        == /proc/meminfo
        HugePages_Total:       0
        HugePages_Free:        0
        Hugepagesize:       2048 kB
        == /sys/kernel/mm/transparent_hugepage/enabled
        [always] madvise never
        == /proc/swaps
        Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
        /dev/nvme0n1p3                          partition\t8388604\t\t1024\t\t-2
        == /proc/sys/vm/swappiness
        60
        == /proc/sys/kernel/numa_balancing
        0
        == /sys/kernel/mm/ksm/run
        0
        == /sys/devices/system/clocksource/clocksource0/current_clocksource
        hpet
        == /sys/devices/system/clocksource/clocksource0/available_clocksource
        tsc hpet acpi_pm
        == /proc/cpuinfo
        flags\t\t: fpu tsc constant_tsc
        == /proc/1/comm
        systemd
        == /proc/411/comm
        irqbalance
        == /proc/503/comm
        systemd-timesyn
        == /sys/class/net/wlp3s0/flags
        0x1003
        == /sys/class/net/wlp3s0/device/vendor
        0x8086
        == /sys/class/net/wlp3s0/gro_flush_timeout
        0
        == /proc/sys/net/core/rmem_max
        212992
        == /proc/sys/net/core/rmem_default
        212992
        == /proc/sys/net/core/wmem_max
        212992
        == /proc/sys/net/core/netdev_budget
        300
        == /proc/sys/net/core/netdev_max_backlog
        1000
        == /proc/sys/net/core/busy_poll
        0
        == /proc/sys/net/core/busy_read
        0
        == /proc/net/softnet_stat
        00554b6e 0000000a 00000000 00000000
        00633502 00000001 00000001 00000000
        == /proc/net/snmp
        Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
        Udp: 1200000 12 0 33000 77 0
        == /proc/sys/net/ipv4/conf/all/rp_filter
        1
        == /proc/sys/net/ipv4/igmp_max_memberships
        20
        == /proc/sys/kernel/osrelease
        5.4.0-90-generic
        == /boot/config-5.4.0-90-generic
        CONFIG_XDP_SOCKETS=y
        == /proc/irq/16/smp_affinity_list
        0-3
        == /proc/sys/kernel/sched_rt_runtime_us
        950000
        == /proc/sys/kernel/nmi_watchdog
        1
        == /proc/sys/vm/stat_interval
        1
        == /proc/self/limits
        Limit                     Soft Limit           Hard Limit           Units
        Max open files            1024                 1048576              files
        Max locked memory         8388608              8388608              bytes
        Max realtime priority     0                    0
        == /proc/self/status
        Name:\thelios
        CapEff:\t0000000000000000
        == /sys/class/dmi/id/product_name
        Some Laptop 14
        == /proc/stat
        cpu  100 0 200 99999 0 0 0 0 0 0
        == /proc/1/cgroup
        0::/init.scope
        == /sys/fs/cgroup/cgroup.controllers
        cpu memory
        """

    static let laptopFacts = MachineFacts(
        clock: .init(isSynchronized: true, errorMax: 800_000, errorEstimate: 2_500),
        coalescing: ["wlp3s0": .init(receiveMicroseconds: 250, isAdaptive: true)]
    )

    /// A container with half a processor on a virtual machine, which sees no /sys but its group.
    static let container = """
        == /.dockerenv

        == /proc/cmdline
        console=ttyS0 isolcpus=1
        == /proc/cpuinfo
        flags\t\t: fpu tsc constant_tsc nonstop_tsc hypervisor
        == /proc/meminfo
        HugePages_Total:       0
        Hugepagesize:       2048 kB
        == /proc/swaps
        Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
        == /proc/1/comm
        helios
        == /proc/stat
        cpu  1000 0 2000 90000 0 0 0 500 0 0
        == /proc/1/cgroup
        0::/
        == /sys/fs/cgroup/cpu.max
        50000 100000
        == /proc/self/limits
        Limit                     Soft Limit           Hard Limit           Units
        Max open files            1048576              1048576              files
        Max locked memory         65536                65536                bytes
        Max realtime priority     0                    0
        == /proc/self/status
        CapEff:\t00000000a80425fb
        """
}
