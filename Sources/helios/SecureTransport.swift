// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosNetwork
import HeliosVenue

/// TLS for the threads that poll plain sockets.
enum SecureTransport {
    /// Opens a venue's port for TLS; nil in a build without it.
    static var listen: SecureListen? {
        #if Network
        { endpoint, tls in
            let settings = TLSSettings(certificate: tls.certificate, key: tls.key, authority: tls.authority)
            do throws(TLSError) {
                let listener = try TLSListener(host: endpoint.host, port: Int(endpoint.port), settings: settings)
                return SecureDoor(descriptor: listener.descriptor, port: UInt16(listener.port)) { listener.accept() }
            } catch {
                throw Failure(error.isUnreachable ? .unreachable : .usage, "\(error)")
            }
        }
        #else
        nil
        #endif
    }
}
