// SPDX-License-Identifier: MIT
import CHelios

extension MachineFacts {
    /// What this machine says of itself; on other systems than Linux nothing.
    ///
    /// - Parameter interfaces: names of the network cards to ask.
    /// - Returns: the facts; what the system does not answer is missing.
    public static func current(interfaces: [String] = []) -> MachineFacts {
        var facts = MachineFacts()
        var state = helios_clock_state()
        if helios_clock_read(&state) == 0 {
            facts.clock = ClockState(
                isSynchronized: state.synchronised != 0,
                errorMax: Int(state.error_max),
                errorEstimate: Int(state.error_estimate)
            )
        }
        for interface in interfaces {
            var microseconds: UInt32 = 0
            var isAdaptive: Int32 = 0
            guard helios_card_coalescing(interface, &microseconds, &isAdaptive) == 0 else { continue }
            facts.coalescing[interface] = Coalescing(
                receiveMicroseconds: Int(microseconds),
                isAdaptive: isAdaptive != 0
            )
        }
        return facts
    }
}

extension MachineCheckup {
    /// A checkup of this machine.
    public static func ofThisMachine() -> MachineCheckup {
        let files = LocalFiles()
        let cards = MachineCheckup(files).physicalInterfaces()
        return MachineCheckup(files, facts: .current(interfaces: cards))
    }
}
