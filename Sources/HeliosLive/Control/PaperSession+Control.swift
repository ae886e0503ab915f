// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosRisk

extension PaperSession {
    static func makeControl(_ setup: PaperSetup, _ settings: PaperSettings, _ core: PaperCore) -> SessionControl {
        let alarm = settings.control.alarm
        return SessionControl(
            settings.control,
            symbols: setup.directory().symbols,
            midnight: settings.midnight,
            venues: settings.venues.indices.filter { settings.venues[$0].fix == nil }.map { place in
                RescuePlace(
                    name: settings.venues[place].name,
                    endpoint: settings.venues[place].orders,
                    configuration: configuration(setup, settings, at: place, epoch: core.node.epoch)
                )
            },
            unreached: settings.venues.filter { $0.fix != nil }.map(\.title),
            directory: settings.keepsJournal ? settings.journalDirectory : nil,
            session: core.journal.session,
            seen: core.journal.fourEyes.seen,
            synced: core.journal.syncedReader
        ) { alarm?(LiveNotice(.warning, $0)) }
    }

    /// A killed state is killed after a restart too, and a kill that found no journal is in it from here on.
    func takeUpKills() {
        if core.node.engine.market.risk.status.state >= .halted {
            control.stop.stop(.all)
            notify(LiveNotice(.warning, "the journal says that this session is stopped: two people bring it back"))
        }
        guard let log = control.log else { return }
        let left = log.open()
        for entry in left {
            let scope = (try? control.names.scope(entry.scope)) ?? .firm
            let action = KillOrder.Action(rawValue: entry.state) ?? .killed
            let order = KillOrder(scope: entry.scope, action, reason: entry.reason, person: entry.person)
            if order.state >= .halted { control.stop.stop(scope.cover) }
            var letter = ControlLetter(record: scope.command(order.command, order.state).record(at: .zero))
            letter.sides = [(.command, ControlLine.encode(entry))]
            let receipt = core.obey(letter, at: Sockets.now)
            guard receipt.record > 0 else { continue }
            let told = "\(log.path): \(entry.scope) was told \(entry.state) at \(entry.time)"
            notify(LiveNotice(.warning, receipt.refusal.map { "\(told); not done: \($0)" } ?? told))
            core.journal.drain(syncs: true)
            var done = entry
            done.record = receipt.record
            _ = log.write(done)
        }
    }

    /// The control socket and its thread; without one signals and the program still stop the session.
    func openControl() -> ControlServer? {
        guard settings.keepsJournal else { return nil }
        let path = settings.control.path ?? settings.journalDirectory + "/" + ControlSettings.socketName
        if let group = settings.control.group {
            do throws(ControlSocketError) {
                return try ControlServer(control, path: path, group: group)
            } catch {
                // A socket for its owner is better than none.
                notify(LiveNotice(.warning, "the group '\(group)' can't use the control socket: \(error)"))
            }
        }
        do throws(ControlSocketError) {
            return try ControlServer(control, path: path, group: nil)
        } catch {
            notify(LiveNotice(.warning, "no control socket, 'helios kill' can't reach this session: \(error)"))
            return nil
        }
    }
}
