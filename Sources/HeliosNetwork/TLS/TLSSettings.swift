// SPDX-License-Identifier: MIT
#if Network
import NIOSSL

/// What a TLS connection needs: who we are, whom we believe.
///
/// Files are in PEM. TLS 1.2 is the oldest version spoken.
public struct TLSSettings: Sendable, Equatable {
    /// How far the other side's certificate is looked at.
    public enum Verification: String, Sendable, CaseIterable {
        /// Signed by an authority that we believe, and made out to the name that we connect to.
        case full
        /// Signed by an authority that we believe.
        case authority
        /// Not at all: for trials only.
        case none
    }

    /// Our certificate, followed by those between it and the authority.
    public var certificate: String?
    /// The key of our certificate.
    public var key: String?
    /// The authorities that we believe; nil for those of the system.
    public var authority: String?
    /// The name in the other side's certificate, where it isn't the host that we connect to.
    public var serverName: String?
    public var verification: Verification

    public init(
        certificate: String? = nil,
        key: String? = nil,
        authority: String? = nil,
        serverName: String? = nil,
        verification: Verification = .full
    ) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
        self.serverName = serverName
        self.verification = verification
    }
}

/// Why TLS can't be spoken as it is asked for.
public struct TLSError: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether the settings are right, and the system or the network is not.
    public let isUnreachable: Bool

    init(_ description: String, isUnreachable: Bool = false) {
        self.description = description
        self.isUnreachable = isUnreachable
    }
}

extension TLSSettings {
    /// The context of the side that connects.
    ///
    /// - Returns: a context that any number of connections share.
    /// - Throws: `TLSError`, which names the file.
    func clientContext() throws(TLSError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let certificate {
            configuration.certificateChain = try chain(certificate)
            configuration.privateKey = try privateKey()
        }
        if let authority { configuration.trustRoots = .certificates(try certificates(authority)) }
        configuration.certificateVerification =
            switch verification {
            case .full: .fullVerification
            case .authority: .noHostnameVerification
            case .none: .none
            }
        return try context(configuration)
    }

    /// The context of the side that is connected to.
    ///
    /// With an authority, clients must show a certificate that it has signed; without, anybody may connect.
    ///
    /// - Returns: a context that any number of connections share.
    /// - Throws: `TLSError`, which names the file.
    func serverContext() throws(TLSError) -> NIOSSLContext {
        guard let certificate else { throw TLSError("a TLS port needs a certificate") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try chain(certificate),
            privateKey: try privateKey()
        )
        configuration.minimumTLSVersion = .tlsv12
        if let authority {
            configuration.trustRoots = .certificates(try certificates(authority))
            // Whoever connects comes from anywhere: its name can't be checked, its signature is.
            configuration.certificateVerification = .noHostnameVerification
        }
        return try context(configuration)
    }

    private func context(_ configuration: TLSConfiguration) throws(TLSError) -> NIOSSLContext {
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw TLSError("TLS: \(error)")
        }
    }

    private func certificates(_ file: String) throws(TLSError) -> [NIOSSLCertificate] {
        let found: [NIOSSLCertificate]
        do { found = try NIOSSLCertificate.fromPEMFile(file) } catch {
            throw TLSError("\(file): no certificate in PEM can be read there")
        }
        if found.isEmpty { throw TLSError("\(file): there is no certificate in it") }
        return found
    }

    private func chain(_ file: String) throws(TLSError) -> [NIOSSLCertificateSource] {
        try certificates(file).map { .certificate($0) }
    }

    private func privateKey() throws(TLSError) -> NIOSSLPrivateKeySource {
        guard let key else { throw TLSError("a certificate needs its key") }
        do { return .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)) } catch {
            throw TLSError("\(key): no private key in PEM can be read there")
        }
    }
}
#endif
