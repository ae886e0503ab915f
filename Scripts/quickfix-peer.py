#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""QuickFIX as a counterparty that tests talk to: `quickfix-peer.py initiator|acceptor PORT [OPTIONS]`.

What happens is told on standard output, a line each: CREATED, LOGON, LOGOUT, ADMIN or APP (received) and SENT-ADMIN or
SENT-APP, messages with | for the separator. Standard input takes commands, a line each:

  send 35=D|11=A1|...   sends an application message, without header and trailer
  skip N                the next message goes out N numbers later, so that the other side sees a gap
  seq                   prints SEQ and the next numbers, out and in
  logout                logs out
  quit                  stops

An acceptor answers orders (D) with a report that they are accepted and one that they are filled, cancels (F) with a report, and
everything else it understands with nothing."""
import argparse
import sys
import threading

import quickfix as fix


def say(word, message=None):
    text = word if message is None else word + " " + str(message).replace("\x01", "|")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def value(message, field):
    if message.isSetField(field):
        return message.getField(field)
    return None


class Peer(fix.Application):
    def __init__(self, fills):
        super().__init__()
        self.fills = fills
        self.session = None
        self.executions = 0

    def onCreate(self, session):
        self.session = session
        say("CREATED")

    def onLogon(self, session):
        say("LOGON")

    def onLogout(self, session):
        say("LOGOUT")

    def toAdmin(self, message, session):
        say("SENT-ADMIN", message)

    def fromAdmin(self, message, session):
        say("ADMIN", message)

    def toApp(self, message, session):
        say("SENT-APP", message)

    def fromApp(self, message, session):
        say("APP", message)
        if not self.fills:
            return
        kind = message.getHeader().getField(35)
        if kind == "D":
            quantity = value(message, 38)
            self.report(message, session, "0", "0", 0, quantity)
            self.report(message, session, "F", "2", quantity, 0)
        elif kind == "F":
            self.report(message, session, "4", "4", 0, 0)

    def report(self, order, session, kind, status, done, left):
        self.executions += 1
        message = fix.Message()
        message.getHeader().setField(fix.StringField(35, "8"))
        for tag in (11, 41, 55, 54, 38):
            if order.isSetField(tag):
                message.setField(fix.StringField(tag, order.getField(tag)))
        fields = {37: "O" + order.getField(11), 17: "E%d" % self.executions, 150: kind, 39: status, 151: left, 14: done}
        fields[6] = value(order, 44) or "10" if done else "0"
        if done:
            fields[31], fields[32] = fields[6], done
        for tag, text in fields.items():
            message.setField(fix.StringField(tag, str(text)))
        fix.Session.sendToTarget(message, session)


def settings(options):
    lines = ["[DEFAULT]", "ConnectionType=" + options.role, "StartTime=00:00:00", "EndTime=00:00:00", "HeartBtInt=%d" % options.heartbeat]
    lines += ["ReconnectInterval=1", "SocketReuseAddress=Y", "SocketNodelay=Y", "FileStorePath=" + options.store]
    if options.dictionary:
        lines += ["UseDataDictionary=Y"]
    else:
        lines += ["UseDataDictionary=N"]
    if options.reset:
        lines += ["ResetOnLogon=Y"]
    if options.tls:
        lines += ["SSLProtocol=all -SSLv2 -SSLv3"]
        ours = options.tls + "/" + options.name
        which = "Server" if options.role == "acceptor" else "Client"
        lines += [which + "CertificateFile=" + ours + ".pem", which + "CertificateKeyFile=" + ours + ".key"]
        lines += [("CertificationAuthoritiesFile=") + options.tls + "/authority.pem", "CertificateVerifyLevel=2"]
    lines += ["[SESSION]", "BeginString=" + options.version, "SenderCompID=" + options.sender, "TargetCompID=" + options.target]
    if options.version == "FIXT.1.1":
        lines += ["DefaultApplVerID=FIX.5.0SP2"]
        if options.dictionary:
            lines += ["TransportDataDictionary=" + options.dictionary.split(",")[0], "AppDataDictionary=" + options.dictionary.split(",")[1]]
    elif options.dictionary:
        lines += ["DataDictionary=" + options.dictionary]
    if options.role == "acceptor":
        lines += ["SocketAcceptPort=%d" % options.port]
    else:
        lines += ["SocketConnectHost=localhost", "SocketConnectPort=%d" % options.port]
    path = options.store + "/peer.cfg"
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return fix.SessionSettings(path)


def message_of(text):
    message = fix.Message()
    for part in text.split("|"):
        if not part:
            continue
        tag, _, content = part.partition("=")
        target = message.getHeader() if tag == "35" else message
        target.setField(fix.StringField(int(tag), content))
    return message


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["initiator", "acceptor"])
    parser.add_argument("port", type=int)
    parser.add_argument("--version", default="FIX.4.4")
    parser.add_argument("--sender", default="PEER")
    parser.add_argument("--target", default="HELIOS")
    parser.add_argument("--store", required=True)
    parser.add_argument("--heartbeat", type=int, default=30)
    parser.add_argument("--dictionary")
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--fills", action="store_true")
    parser.add_argument("--tls")
    parser.add_argument("--name", default="client")
    options = parser.parse_args()

    configuration = settings(options)
    peer = Peer(options.fills)
    stores = fix.FileStoreFactory(configuration)
    if options.role == "acceptor":
        kind = fix.SSLSocketAcceptor if options.tls else fix.SocketAcceptor
    else:
        kind = fix.SSLSocketInitiator if options.tls else fix.SocketInitiator
    connection = kind(peer, stores, configuration)
    connection.start()
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        session = fix.Session.lookupSession(peer.session)
        if word == "send":
            fix.Session.sendToTarget(message_of(rest), peer.session)
        elif word == "skip":
            session.setNextSenderMsgSeqNum(session.getExpectedSenderNum() + int(rest))
        elif word == "seq":
            say("SEQ %d %d" % (session.getExpectedSenderNum(), session.getExpectedTargetNum()))
        elif word == "logout":
            session.logout()
        elif word == "quit":
            break
    threading.Timer(10, lambda: __import__("os")._exit(3)).start()
    connection.stop()
    __import__("os")._exit(0)


main()
