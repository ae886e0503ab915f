// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosNetwork
import HeliosWire

/// `helios fix connect`: a session by hand.
struct FixConnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Open a FIX session to a counterparty and talk to it line by line.",
        usage: """
            helios fix connect 127.0.0.1:9880 --sender ME --target VENUE
            echo 'buy 100 LGYM at 10.5' | helios fix connect venue.example:9880 --fix 4.2 --sender ME --target VENUE --tls
            """,
        discussion: """
            Prints what comes and goes with the names of fields and values; lines of standard input are sent. 'help' lists \
            them. At the end of the input it waits for answers (--wait) and logs out.

            Exit codes: 0 done; 2 wrong usage; 5 the counterparty can't be reached, or did not let us in.
            """
    )

    @Argument(help: "HOST:PORT of the counterparty.")
    var address: String

    @OptionGroup var options: FixTrialOptions

    @Option(help: "Seconds to wait for answers at the end of the input.")
    var wait = 1.0

    func run() throws {
        #if Network
        try FixTrial.connect(address, options, wait: wait)
        #else
        throw Failure(.usage, "this build has no network: build it with the trait Network")
        #endif
    }
}

/// `helios fix accept`: a counterparty for somebody else's session.
struct FixAcceptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Wait for a FIX session and show what it says; answer orders or echo messages.",
        usage: """
            helios fix accept 9880 --sender VENUE --target ME --fill
            helios fix accept 0.0.0.0:9880 --fix 4.2 --sender ISLD --target TW --echo
            """,
        discussion: """
            --fill answers each new order with its acceptance and its fill, each cancel with its acceptance. --echo sends each \
            application message back. Without either they are only shown. It runs until Ctrl-C; a session that ends may come \
            again and goes on where it was. For a whole market behind FIX: 'helios venue'.

            Exit codes: 0 done; 2 wrong usage; 5 the port can't be had.
            """
    )

    @Argument(help: "PORT or HOST:PORT to listen at; port 0 takes a free one.")
    var address: String

    @OptionGroup var options: FixTrialOptions

    @Flag(help: "Accept and fill orders.")
    var fill = false

    @Flag(help: "Send application messages back.")
    var echo = false

    @Flag(
        name: .customLong("quickfix-framing"),
        help: "A wrong BodyLength takes the following message with it when it is too long, as with QuickFIX."
    )
    var swallows = false

    func validate() throws {
        if fill, echo { throw ValidationError("--fill or --echo, not both") }
    }

    func run() throws {
        #if Network
        try FixTrial.accept(address, options, fills: fill, echoes: echo, swallows: swallows)
        #else
        throw Failure(.usage, "this build has no network: build it with the trait Network")
        #endif
    }
}
