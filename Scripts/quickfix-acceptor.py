# SPDX-License-Identifier: MIT
"""A FIX 4.4 venue over the Python package quickfix: PORT FOLDER.

Accepts orders, fills half of each above 100 shares, cancels, replaces, tells states. Numbers are kept in FOLDER.
"""
import sys
import time

import quickfix as fix


class Venue(fix.Application):
    def __init__(self):
        super().__init__()
        self.orders = {}
        self.executions = 0

    def onCreate(self, session):
        pass

    def onLogon(self, session):
        print("logon", flush=True)

    def onLogout(self, session):
        print("logout", flush=True)

    def toAdmin(self, message, session):
        pass

    def fromAdmin(self, message, session):
        pass

    def toApp(self, message, session):
        pass

    def fromApp(self, message, session):
        kind = message.getHeader().getField(35)
        print("got", kind, message.getField(11), flush=True)
        {"D": self.enter, "F": self.cancel, "G": self.replace, "H": self.status}[kind](message, session)

    def report(self, session, name, kind, order, original=None, last=None):
        self.executions += 1
        report = fix.Message()
        report.getHeader().setField(35, "8")
        opened = order["quantity"] - order["filled"] if order["status"] in "01" else 0
        fields = {
            6: "0", 11: name, 14: order["filled"], 17: self.executions, 37: order["number"], 38: order["quantity"],
            39: order["status"], 44: order["price"], 54: order["side"], 55: order["symbol"], 150: kind, 151: opened,
        }
        if original:
            fields[41] = original
        if last:
            fields[32], fields[31] = last
        for tag, value in fields.items():
            report.setField(tag, str(value))
        fix.Session.sendToTarget(report, session)

    def enter(self, message, session):
        name = message.getField(11)
        order = {
            "quantity": int(message.getField(38)), "filled": 0, "price": message.getField(44), "status": "0",
            "side": message.getField(54), "symbol": message.getField(55), "number": len(self.orders) + 1,
        }
        self.orders[name] = order
        self.report(session, name, "0", order)
        if order["quantity"] > 100:
            half = order["quantity"] // 2
            order["filled"], order["status"] = half, "1"
            self.report(session, name, "F", order, last=(half, order["price"]))

    def refuse(self, message, session, to):
        answer = fix.Message()
        answer.getHeader().setField(35, "9")
        for tag, value in {
            11: message.getField(11), 37: "NONE", 39: "8", 41: message.getField(41), 102: "1", 434: to,
        }.items():
            answer.setField(tag, value)
        fix.Session.sendToTarget(answer, session)

    def cancel(self, message, session):
        order = self.orders.get(message.getField(41))
        if not order or order["status"] not in "01":
            return self.refuse(message, session, "1")
        order["status"] = "4"
        self.report(session, message.getField(11), "4", order, original=message.getField(41))

    def replace(self, message, session):
        old = self.orders.get(message.getField(41))
        if not old or old["status"] not in "01":
            return self.refuse(message, session, "2")
        order = dict(old, quantity=int(message.getField(38)), price=message.getField(44))
        old["status"] = "5"
        self.orders[message.getField(11)] = order
        self.report(session, message.getField(11), "5", order, original=message.getField(41))

    def status(self, message, session):
        name = message.getField(11)
        order = self.orders.get(name)
        if not order:
            order = {
                "quantity": 0, "filled": 0, "price": "0", "status": "8", "side": message.getField(54),
                "symbol": message.getField(55), "number": "NONE",
            }
        self.report(session, name, "I", order)


port, folder = sys.argv[1:3]
with open(folder + "/acceptor.cfg", "w") as file:
    file.write(
        "[DEFAULT]\nConnectionType=acceptor\nReconnectInterval=1\nStartTime=00:00:00\nEndTime=00:00:00\n"
        "UseDataDictionary=N\nSocketReuseAddress=Y\n"
        f"SocketAcceptPort={port}\nFileStorePath={folder}/store\nFileLogPath={folder}/log\n"
        "[SESSION]\nBeginString=FIX.4.4\nSenderCompID=VENUE\nTargetCompID=HELIOS\n"
    )
settings = fix.SessionSettings(folder + "/acceptor.cfg")
acceptor = fix.SocketAcceptor(Venue(), fix.FileStoreFactory(settings), settings)
acceptor.start()
print("listening", flush=True)
while True:
    time.sleep(1)
