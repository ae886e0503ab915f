// SPDX-License-Identifier: MIT
#include "QuickfixReference.h"

#include <quickfix/Application.h>
#include <quickfix/DataDictionary.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SocketAcceptor.h>
#include <quickfix/SocketInitiator.h>
#include <quickfix/fix44/ExecutionReport.h>
#include <quickfix/fix44/NewOrderSingle.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <sstream>
#include <string>

using namespace FIX;

void *quickfix_open(const char *dictionary) {
    try {
        return new DataDictionary(std::string(dictionary));
    } catch (...) {
        return nullptr;
    }
}

void quickfix_close(void *state) { delete static_cast<DataDictionary *>(state); }

int64_t quickfix_parse(const char *bytes, size_t count, int64_t rounds) {
    const std::string text(bytes, count);
    int64_t read = 0;
    for (int64_t i = 0; i < rounds; i++) {
        Message message(text, true);
        read += message.getHeader().isSetField(FIELD::MsgType);
    }
    return read;
}

int64_t quickfix_parse_again(const char *bytes, size_t count, int64_t rounds) {
    const std::string text(bytes, count);
    Message message;
    int64_t read = 0;
    for (int64_t i = 0; i < rounds; i++) {
        message.setString(text, true);
        read += message.getHeader().isSetField(FIELD::MsgType);
    }
    return read;
}

int64_t quickfix_validate(void *state, const char *bytes, size_t count, int64_t rounds) {
    const DataDictionary &dictionary = *static_cast<DataDictionary *>(state);
    const std::string text(bytes, count);
    int64_t passed = 0;
    for (int64_t i = 0; i < rounds; i++) {
        try {
            Message message(text, dictionary, true);
            dictionary.validate(message);
            passed++;
        } catch (...) {
        }
    }
    return passed;
}

static void fill(FIX44::ExecutionReport &report) {
    report.set(ClOrdID("A000000000123"));
    report.set(Currency("USD"));
    report.set(SecurityIDSource("8"));
    report.set(LastPx(50.12));
    report.set(LastQty(100));
    report.set(OrderQty(1000));
    report.set(OrdType('2'));
    report.set(Price(50.13));
    report.set(SecurityID("ABC"));
    report.set(Symbol("LGYM"));
    report.set(TimeInForce('0'));
    report.set(TransactTime());
    report.set(TradeDate("20260102"));
    report.set(SecurityExchange("XNAS"));
    report.set(OrderCapacity('P'));
}

static void head(Message &message, const char *sender, const char *target) {
    message.getHeader().setField(SenderCompID(sender));
    message.getHeader().setField(TargetCompID(target));
    message.getHeader().setField(MsgSeqNum(1023));
    message.getHeader().setField(SendingTime());
}

int64_t quickfix_encode_report(int64_t rounds) {
    int64_t written = 0;
    std::string text;
    for (int64_t i = 0; i < rounds; i++) {
        FIX44::ExecutionReport report(OrderID("O987654321"), ExecID("E1029384756"), ExecType('F'), OrdStatus('1'), Side('1'),
                                      LeavesQty(700), CumQty(300), AvgPx(50.125));
        head(report, "VENUE", "HELIOS");
        fill(report);
        report.toString(text);
        written += static_cast<int64_t>(text.size());
    }
    return written;
}

int64_t quickfix_encode_order(int64_t rounds) {
    int64_t written = 0;
    std::string text;
    for (int64_t i = 0; i < rounds; i++) {
        FIX44::NewOrderSingle order(ClOrdID("A000000000123"), Side('1'), TransactTime(), OrdType('2'));
        head(order, "HELIOS", "VENUE");
        order.set(Account("ACC1"));
        order.set(HandlInst('1'));
        order.set(OrderQty(1000));
        order.set(Price(50.13));
        order.set(Symbol("LGYM"));
        order.set(TimeInForce('0'));
        order.set(OrderCapacity('P'));
        order.toString(text);
        written += static_cast<int64_t>(text.size());
    }
    return written;
}

namespace {

/// Answers each order with a report, or waits for the report.
class Peer : public Application {
public:
    std::mutex mutex;
    std::condition_variable changed;
    bool isOn = false;
    int64_t reports = 0;

    void onCreate(const SessionID &) override {}
    void onLogon(const SessionID &) override {
        std::lock_guard<std::mutex> guard(mutex);
        isOn = true;
        changed.notify_all();
    }
    void onLogout(const SessionID &) override {}
    void toAdmin(Message &, const SessionID &) override {}
    void toApp(Message &, const SessionID &) throw(DoNotSend) override {}
    void fromAdmin(const Message &, const SessionID &) throw(FieldNotFound, IncorrectDataFormat, IncorrectTagValue, RejectLogon) override {}
    void fromApp(const Message &message, const SessionID &session) throw(FieldNotFound, IncorrectDataFormat, IncorrectTagValue, UnsupportedMessageType) override {
        MsgType type;
        message.getHeader().getField(type);
        if (type == "D") {
            FIX44::ExecutionReport report(OrderID("O987654321"), ExecID("E1029384756"), ExecType('F'), OrdStatus('1'), Side('1'),
                                          LeavesQty(700), CumQty(300), AvgPx(50.125));
            fill(report);
            Session::sendToTarget(report, session);
            return;
        }
        std::lock_guard<std::mutex> guard(mutex);
        reports++;
        changed.notify_all();
    }
};

SessionSettings settings(bool accepts, int port) {
    std::stringstream text;
    text << "[DEFAULT]\nStartTime=00:00:00\nEndTime=00:00:00\nHeartBtInt=30\nUseDataDictionary=N\nResetOnLogon=Y\n"
         << "SocketNodelay=Y\nReconnectInterval=1\nSocketReuseAddress=Y\n"
         << "[SESSION]\nBeginString=FIX.4.4\n"
         << (accepts ? "ConnectionType=acceptor\nSenderCompID=VENUE\nTargetCompID=HELIOS\nSocketAcceptPort="
                     : "ConnectionType=initiator\nSenderCompID=HELIOS\nTargetCompID=VENUE\nSocketConnectHost=127.0.0.1\nSocketConnectPort=")
         << port << "\n";
    return SessionSettings(text);
}

}  // namespace

int quickfix_round_trips(int port, int64_t count, int64_t *samples) {
    try {
        Peer venue, trader;
        MemoryStoreFactory stores;
        SessionSettings accepting = settings(true, port), connecting = settings(false, port);
        SocketAcceptor acceptor(venue, stores, accepting);
        acceptor.start();
        SocketInitiator initiator(trader, stores, connecting);
        initiator.start();
        {
            std::unique_lock<std::mutex> lock(trader.mutex);
            if (!trader.changed.wait_for(lock, std::chrono::seconds(10), [&] { return trader.isOn; })) return -1;
        }
        const SessionID session("FIX.4.4", "HELIOS", "VENUE");
        for (int64_t i = 0; i < count; i++) {
            const auto start = std::chrono::steady_clock::now();
            FIX44::NewOrderSingle order(ClOrdID("A000000000123"), Side('1'), TransactTime(), OrdType('2'));
            order.set(Account("ACC1"));
            order.set(HandlInst('1'));
            order.set(OrderQty(1000));
            order.set(Price(50.13));
            order.set(Symbol("LGYM"));
            order.set(TimeInForce('0'));
            order.set(OrderCapacity('P'));
            Session::sendToTarget(order, session);
            std::unique_lock<std::mutex> lock(trader.mutex);
            trader.changed.wait(lock, [&] { return trader.reports > i; });
            samples[i] = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
        }
        initiator.stop();
        acceptor.stop();
        return 0;
    } catch (...) {
        return -1;
    }
}
