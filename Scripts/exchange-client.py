#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A participant of 'helios venue --ouch' that shares no code with it: OUCH 5.0 over SoupBinTCP, ITCH 5.0 over MoldUDP64.

usage: exchange-client.py OUCH_PORT ITCH_PORT REQUEST_PORT [ITCH_PORT_OF_LINE_B]

Trades a little in four instruments until the day ends, builds the books from the feed, comes back when its line breaks, and exits
with 0 when no message contradicted the books, everything lost was had again, and each of its executions was published under the
same number. Its last line is a JSON object with what it counted.
"""
import json, socket, struct, sys, time, collections
ouch_port, request_port = int(sys.argv[1]), int(sys.argv[3])
itch_ports = [int(sys.argv[2])] + [int(port) for port in sys.argv[4:5]]
# ITCH over MoldUDP64
lines = []
for port in itch_ports:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1<<24)
    udp.bind(("127.0.0.1", port)); udp.setblocking(False); lines.append(udp)
req = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); req.setblocking(False)
expected, held, session, ended, requests, asked = 1, {}, None, False, 0, 0.0
stock = {}; orders = {}; counts = collections.Counter(); prints = []; faults = 0
def message(m):
    global faults
    t = m[0:1]; counts[t] += 1
    if t == b"R": stock[struct.unpack(">H", m[1:3])[0]] = m[11:19].decode().strip()
    elif t in b"AF":
        ref, side, sh, sym, px = struct.unpack(">QcI8sI", m[11:36])
        if ref in orders: faults += 1
        orders[ref] = [side, sh, sym.decode().strip(), px]
    elif t in b"EC":
        ref, sh = struct.unpack(">QI", m[11:23])
        if ref not in orders or orders[ref][1] < sh: faults += 1; return
        prints.append(struct.unpack(">Q", m[23:31])[0])
        orders[ref][1] -= sh
        if orders[ref][1] == 0: del orders[ref]
    elif t == b"P": prints.append(struct.unpack(">Q", m[36:44])[0])
    elif t == b"X":
        ref, sh = struct.unpack(">QI", m[11:23])
        if ref not in orders or orders[ref][1] < sh: faults += 1; return
        orders[ref][1] -= sh
        if orders[ref][1] == 0: del orders[ref]
    elif t == b"D":
        ref, = struct.unpack(">Q", m[11:19])
        if orders.pop(ref, None) is None: faults += 1
    elif t == b"U":
        ref, new, sh, px = struct.unpack(">QQII", m[11:35])
        o = orders.pop(ref, None)
        if o is None: faults += 1; return
        orders[new] = [o[0], sh, o[2], px]
def packet(p):
    global expected, session, ended
    session = p[0:10]; seq, n = struct.unpack(">QH", p[10:20]); at = 20
    if n == 0xFFFF:
        if seq <= expected: ended = True
        n = 0
    for i in range(n):
        ln, = struct.unpack(">H", p[at:at+2])
        if seq + i >= expected: held.setdefault(seq + i, p[at+2:at+2+ln])
        at += 2 + ln
    top = seq + n
    while expected in held: message(held.pop(expected)); expected += 1
    return top
def pump():
    global requests, asked
    top = 0
    for s in lines + [req]:
        while True:
            try: p = s.recv(65536)
            except BlockingIOError: break
            top = max(top, packet(p))
    if (top > expected or held) and time.time() - asked > 0.01:
        asked = time.time(); requests += 1
        req.sendto(session + struct.pack(">QH", expected, 500), ("127.0.0.1", request_port))
# OUCH over SoupBinTCP
tcp = None; buf = b""; said = []; over = False; ouch_session = b" " * 10; heard_count = 0; reconnects = 0
def connect(patience):
    global tcp, buf
    for _ in range(patience):
        try: tcp = socket.create_connection(("127.0.0.1", ouch_port)); break
        except OSError: time.sleep(0.05)
    else: return False
    buf = b""
    tcp.sendall(struct.pack(">Hc", 47, b"L") + b"HELIOS" + b"secret".ljust(10) + ouch_session + str(heard_count + 1).rjust(20).encode())
    tcp.setblocking(False); return True
connect(2_400)
def again():
    # What was missed comes again; what was asked for and not answered never came, or was answered in what was missed.
    global reconnects, over
    reconnects += 1; tcp.close()
    if not connect(20): over = True
def send(m):
    try: tcp.sendall(struct.pack(">Hc", 1 + len(m), b"U") + m)
    except OSError: pass
def heard():
    global buf, over, ouch_session, heard_count
    lost = False
    while True:
        try: d = tcp.recv(65536)
        except BlockingIOError: break
        except OSError: d = b""
        if not d: lost = True; break
        buf += d
    while len(buf) >= 2:
        ln, = struct.unpack(">H", buf[:2])
        if len(buf) < 2 + ln: break
        t, body = buf[2:3], buf[3:2+ln]; buf = buf[2+ln:]
        if t == b"A": said.append(("login", body)); ouch_session = body[:10]
        elif t == b"J": said.append(("refused", body))
        elif t == b"S":
            said.append((body[:1].decode(), body)); heard_count += 1
            if body[:1] == b"A" and struct.unpack(">I", body[9:13])[0] in asked_at:
                rtts.append(time.time() - asked_at.pop(struct.unpack(">I", body[9:13])[0]))
        elif t == b"Z": over = True
    if lost and not over: again()
ref = 0; asked_at = {}; rtts = []
def enter(side, sh, sym, px, tif=b"0"):
    global ref; ref += 1
    m = b"O" + struct.pack(">IcI8sQ", ref, side, sh, sym.ljust(8).encode(), px) + tif + b"Y" + b"P" + b"N" + b"N" + (b"T%d" % ref).ljust(14) + struct.pack(">H", 0)
    asked_at[ref] = time.time(); send(m); return ref
def cancel(r):
    send(b"X" + struct.pack(">II", r, 0))
last = time.time(); start = last; resting = []
position = collections.Counter(); cash = 0
while not (ended and over) and time.time() - start < 240:
    pump(); heard(); time.sleep(0.002)
    if time.time() - last > 0.05 and not over:
        last = time.time()
        try: tcp.sendall(struct.pack(">Hc", 1, b"R"))
        except OSError: pass
        best = {}
        for side, sh, sym, px in orders.values():
            b = best.setdefault(sym, [0, 1 << 60])
            if side == b"B": b[0] = max(b[0], px)
            else: b[1] = min(b[1], px)
        for sym, (bid, ask) in sorted(best.items())[:4]:
            if bid and ask < (1 << 60) and bid < ask:
                enter(b"B", 100, sym, ask, b"3"); resting.append(enter(b"S", 100, sym, ask))
        if len(resting) > 12: cancel(resting.pop(0))
pump(); heard()
kinds = collections.Counter(k for k, _ in said)
mine = {}; shares_by_liquidity = collections.Counter()
for k, b in said:
    if k == "A": mine[struct.unpack(">I", b[9:13])[0]] = (b[13:14], b[18:26].decode().strip())
    if k == "E":
        r, sh, px, liq, match = struct.unpack(">IIQcQ", b[9:34]); side, sym = mine[r]
        shares_by_liquidity[liq.decode()] += sh
        position[sym] += sh if side == b"B" else -sh
public = set(prints)
private = {struct.unpack(">Q", b[26:34])[0] for k, b in said if k == "E"}
print("itch", expected - 1, dict(counts), "faults", faults, "requests", requests, "ended", ended)
print("ouch", dict(kinds), "over", over, "executions seen on the feed:", len(private & public), "of", len(private))
print(json.dumps({"messages": expected - 1, "faults": faults, "requests": requests, "ended": ended, "reconnects": reconnects,
    "accepted": kinds["A"], "rejected": kinds["J"], "fills": kinds["E"], "shares": dict(shares_by_liquidity),
    "symbols": sorted(stock.values()), "rtt": min(rtts) if rtts else None, "session": session.decode()}))
sys.exit(0 if faults == 0 and ended and private <= public and kinds["A"] > 10 and kinds["E"] > 5 else 1)
