#!/usr/bin/env python3
"""A participant that speaks FIX by QuickFIX and shares no code with Helios.

    fix-client.py PORT BEGINSTRING SENDER TARGET [SYMBOL [COPYPORT COPYSENDER USER]]

Logs on, asks what is listed, lets an order rest, replaces it, asks for its state, cancels it, trades, cancels what
is left at once, takes market data, logs out; says what was as expected. SYMBOL - takes the first that is listed.
With COPYPORT a second session listens to a drop copy there: it must hear every report of USER, the first, once, and
may not trade. Exit code 0 when all was as expected, 1 when not, 77 without the module quickfix.
"""
import os
import queue
import sys
import tempfile
import time

try:
    import quickfix as fix
except ImportError:
    print("no module quickfix")
    sys.exit(77)


def fields(message):
    pairs = [field.split("=", 1) for field in message.toString().split("\x01") if "=" in field]
    return [(int(tag), value) for tag, value in pairs]


# QuickFIX takes repeated tags only where a dictionary says that they are a group: this is as much as is needed for it.
GROUPS = {
    "8": [(453, [448, 447, 452])],
    "y": [(146, [55])],
    "W": [(268, [269, 270, 271, 272, 273, 290, 1023])],
    "X": [(268, [279, 269, 278, 55, 270, 271, 272, 273, 290, 1023])],
}
PLAIN = ["0", "1", "2", "3", "4", "5", "A", "9", "j", "r", "Y"]
HEADER = [8, 9, 35, 34, 49, 52, 56, 43, 97, 122]
TAGS = [
    1, 6, 7, 11, 14, 16, 17, 19, 20, 31, 32, 36, 37, 38, 39, 40, 41, 44, 45, 54, 58, 59, 60, 98, 102, 103, 108, 112,
    109, 123, 141, 150, 151, 198, 262, 281, 320, 322, 371, 372, 373, 380, 393, 434, 527, 530, 531, 532, 533, 560, 779,
    797, 851, 893, 1137, 1369,
]


def dictionary(path, begin, kind, major, minor, service=0):
    tags = sorted(set(TAGS + HEADER + [10] + [t for g in GROUPS.values() for c, m in g for t in [c] + m]))
    counters = [counter for groups in GROUPS.values() for counter, members in groups]
    out = [f"<fix type='{kind}' major='{major}' minor='{minor}' servicepack='{service}'>"]

    def part(name, tags):
        out.append(f"<{name}>" + "".join(f"<field name='T{tag}' required='N'/>" for tag in tags) + f"</{name}>")

    header, trailer = (HEADER, [10]) if kind == "FIXT" or begin != "FIXT.1.1" else ([], [])
    part("header", header)
    part("trailer", trailer)
    out.append("<messages>")
    for message in PLAIN + list(GROUPS):
        out.append(f"<message name='M{message}' msgtype='{message}' msgcat='app'>")
        groups = GROUPS.get(message, [])
        inside = [tag for counter, members in groups for tag in members]
        out += [f"<field name='T{tag}' required='N'/>" for tag in TAGS + [55] if tag not in inside]
        for counter, members in groups:
            out.append(f"<group name='T{counter}' required='N'>")
            out += [f"<field name='T{tag}' required='N'/>" for tag in members]
            out.append("</group>")
        out.append("</message>")
    out.append("</messages><fields>")
    for tag in tags:
        form = "NUMINGROUP" if tag in counters else "STRING"
        out.append(f"<field number='{tag}' name='T{tag}' type='{form}'/>")
    out.append("</fields></fix>")
    with open(path, "w") as file:
        file.write("\n".join(out))


class Participant(fix.Application):
    def __init__(self):
        super().__init__()
        self.said = queue.Queue()
        self.session = None
        self.refused = []
        # Reports of executions, whoever waits for them.
        self.executions = []

    def onCreate(self, session):
        self.session = session

    def onLogon(self, session):
        self.said.put([(35, "A")])

    def onLogout(self, session):
        self.said.put([(35, "5")])

    def toAdmin(self, message, session):
        pass

    def fromAdmin(self, message, session):
        kinds = dict(fields(message))
        if kinds[35] == "3":
            self.refused.append(message.toString().replace("\x01", "|"))

    def toApp(self, message, session):
        pass

    def fromApp(self, message, session):
        pairs = fields(message)
        found = dict(pairs)
        if found[35] == "8" and found[150] != "I" and found.get(20) != "3":
            self.executions.append(found)
        self.said.put(pairs)


class Run:
    def __init__(self, port, begin, sender, target):
        self.begin = begin
        self.checks = 0
        folder = tempfile.mkdtemp()
        lines = [
            "[DEFAULT]", "ConnectionType=initiator", "HeartBtInt=5", "StartTime=00:00:00", "EndTime=00:00:00",
            "UseDataDictionary=Y", "ValidateFieldsOutOfOrder=N", "ResetOnLogon=Y", "ReconnectInterval=1", f"FileStorePath={folder}", "[SESSION]",
            f"BeginString={begin}", f"SenderCompID={sender}", f"TargetCompID={target}",
            "SocketConnectHost=127.0.0.1", f"SocketConnectPort={port}",
        ]
        words = os.path.join(folder, "words.xml")
        if begin == "FIXT.1.1":
            transport = os.path.join(folder, "transport.xml")
            dictionary(transport, begin, "FIXT", 1, 1)
            dictionary(words, begin, "FIX", 5, 0, 2)
            lines += ["DefaultApplVerID=FIX.5.0SP2", f"TransportDataDictionary={transport}"]
            lines.append(f"AppDataDictionary={words}")
        else:
            dictionary(words, begin, "FIX", 4, int(begin[-1]))
            lines.append(f"DataDictionary={words}")
        path = os.path.join(folder, "session.cfg")
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        self.participant = Participant()
        self.settings = fix.SessionSettings(path)
        self.store = fix.MemoryStoreFactory()
        self.initiator = fix.SocketInitiator(self.participant, self.store, self.settings)
        self.initiator.start()

    def send(self, kind, pairs):
        message = fix.Message()
        message.getHeader().setField(35, kind)
        for tag, value in pairs:
            message.setField(tag, str(value))
        fix.Session.sendToTarget(message, self.participant.session)

    def send_groups(self, kind, pairs, groups):
        message = fix.Message()
        message.getHeader().setField(35, kind)
        for tag, value in pairs:
            message.setField(tag, str(value))
        for counter, tag, value in groups:
            group = fix.Group(counter, tag)
            group.setField(tag, str(value))
            message.addGroup(group)
        fix.Session.sendToTarget(message, self.participant.session)

    def wait(self, kind, seconds=20):
        """The next message of a kind; market data in between is passed over."""
        end = time.time() + seconds
        while time.time() < end:
            try:
                said = self.participant.said.get(timeout=0.2)
            except queue.Empty:
                continue
            if said and dict(said).get(35) == kind:
                return said
        raise AssertionError(f"no {kind} within {seconds} s; rejects: {self.participant.refused}")

    def expect(self, what, said, **wanted):
        found = dict(said)
        for tag, value in wanted.items():
            tag = int(tag[1:])
            assert found.get(tag) == value, f"{what}: {tag}={found.get(tag)}, not {value}: {said}"
            self.checks += 1


def compare(own, copy, sender, is42):
    """Every report of the one session stands in the other's, once."""
    end = time.time() + 20
    while len(copy.participant.executions) < len(own.participant.executions) and time.time() < end:
        time.sleep(0.1)
    told, copied = own.participant.executions, copy.participant.executions
    assert [found[17] for found in told] == [found[17] for found in copied], (told, copied)
    for one, other in zip(told, copied):
        for tag in (11, 14, 37, 38, 39, 54, 55, 60, 150, 151):
            assert one[tag] == other[tag], f"copy: {tag}={other[tag]}, not {one[tag]}"
            copy.checks += 1
        assert other.get(109 if is42 else 448) == sender, other
        assert other.get(797) == (None if is42 else "Y"), other
    assert not copy.participant.refused, copy.participant.refused
    copy.initiator.stop()
    copy.wait("5")
    own.checks += copy.checks


def now():
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())


def main():
    port, begin, sender, target = sys.argv[1:5]
    symbol = sys.argv[5] if len(sys.argv) > 5 and sys.argv[5] != "-" else None
    copy = Run(sys.argv[6], begin, sys.argv[7], target) if len(sys.argv) > 8 else None
    is42 = begin == "FIX.4.2"
    run = Run(port, begin, sender, target)
    # QuickFIX's threads go on until the program ends.
    kept.extend([run, copy])
    run.wait("A")
    if copy:
        copy.wait("A")
    if not is42 and symbol is None:
        run.send("x", [(320, "list"), (559, 4)])
        said = run.wait("y")
        symbol = [value for tag, value in said if tag == 55][0]
        run.expect("list", said, _320="list", _560="0")

    def order(name, price, quantity=100, **more):
        pairs = [(11, name), (21, 1), (55, symbol), (54, 1), (60, now()), (38, quantity)]
        pairs += [(40, 2), (44, price)] if price else [(40, 1)]
        return pairs + [(int(tag[1:]), value) for tag, value in more.items()]

    # An order that rests.
    run.send("D", order("A1", "1.00"))
    said = run.wait("8")
    run.expect("new", said, _150="0", _39="0", _11="A1", _38="100", _14="0", _151="100", _6="0")
    number = dict(said)[37]
    run.send("G", [(41, "A1")] + order("A2", "1.01", 150))
    said = run.wait("8")
    run.expect("replaced", said, _150="5", _39="5" if is42 else "0", _11="A2", _41="A1", _38="150", _37=number)
    run.send("H", [(11, "A2"), (55, symbol), (54, 1)])
    said = run.wait("8")
    run.expect("status", said, _150="5" if is42 else "I", _39="5" if is42 else "0", _37=number, _151="150")
    run.send("F", [(11, "A3"), (41, "A2"), (55, symbol), (54, 1), (60, now()), (38, 150)])
    said = run.wait("8")
    run.expect("cancelled", said, _150="4", _39="4", _11="A3", _41="A2", _37=number, _151="0")
    run.send("F", [(11, "A4"), (41, "A3"), (55, symbol), (54, 1), (60, now()), (38, 150)])
    run.expect("too late", run.wait("9"), _102="0", _39="4", _434="1", _11="A4", _41="A3")
    run.send("D", order("A1", "1.00"))
    run.expect("duplicate", run.wait("8"), _150="8", _103="6")

    # One that trades at once, with whoever is there.
    run.send("D", order("B1", None, 10))
    run.expect("new", run.wait("8"), _150="0", _39="0", _11="B1")
    done, money = 0, 0.0
    while done < 10:
        said = run.wait("8")
        report = dict(said)
        assert report[150] in ("1", "2", "F"), said
        done += int(report[32])
        money += int(report[32]) * float(report[31])
        run.expect("fill", said, _14=str(done), _151=str(10 - done), _39="2" if done == 10 else "1")
        assert abs(float(report[6]) - money / done) < 1e-7, said

    # All that is left at once.
    if not is42:
        for name in ("C1", "C2"):
            run.send("D", order(name, "1.00"))
            run.expect("new", run.wait("8"), _150="0", _11=name)
        run.send("q", [(11, "C3"), (530, 7), (60, now())])
        run.expect("mass cancel", run.wait("r"), _531="7", _533="2", _11="C3")
        for name in ("C1", "C2"):
            run.expect("cancelled", run.wait("8"), _150="4", _11=name)

    # What this door does not take.
    run.send("a", [(117, "Q1"), (55, symbol)])
    run.expect("unsupported", run.wait("j"), _372="a", _380="3")

    # Market data.
    run.send_groups(
        "V", [(262, "M1"), (263, 1), (264, 5), (265, 1)],
        [(267, 269, 0), (267, 269, 1), (267, 269, 2), (146, 55, symbol)])
    said = run.wait("W")
    run.expect("book", said, _262="M1", _55=symbol)
    assert len([tag for tag, value in said if tag == 270]) >= 2, said
    run.expect("change", run.wait("X", 60), _262="M1")
    run.send_groups("V", [(262, "M1"), (263, 2), (264, 5)], [(267, 269, 0), (146, 55, symbol)])
    run.send_groups("V", [(262, "M2"), (263, 0), (264, 1)], [(267, 269, 0), (146, 55, "?")])
    run.expect("unknown symbol", run.wait("Y"), _281="0", _262="M2")

    if copy:
        copy.send("D", order("X1", "1.00"))
        copy.expect("no order here", copy.wait("j"), _372="D", _380="3")
        compare(run, copy, sys.argv[8], is42)

    assert not run.participant.refused, run.participant.refused
    run.initiator.stop()
    run.wait("5")
    print(f"{run.checks} fields were as expected")


kept = []
try:
    main()
    code = 0
except AssertionError as error:
    print(f"FAILED: {error}")
    code = 1
sys.stdout.flush()
os._exit(code)
