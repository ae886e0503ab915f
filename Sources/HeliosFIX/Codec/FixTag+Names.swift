// SPDX-License-Identifier: MIT

// The fields that code names, in the order of their numbers; the dictionaries know all others by name.
extension FixTag {
    @inlinable
    public static var account: FixTag { 1 }
    @inlinable
    public static var avgPx: FixTag { 6 }
    @inlinable
    public static var beginSeqNo: FixTag { 7 }
    @inlinable
    public static var beginString: FixTag { 8 }
    @inlinable
    public static var bodyLength: FixTag { 9 }
    @inlinable
    public static var checkSum: FixTag { 10 }
    @inlinable
    public static var clOrdID: FixTag { 11 }
    @inlinable
    public static var cumQty: FixTag { 14 }
    @inlinable
    public static var currency: FixTag { 15 }
    @inlinable
    public static var endSeqNo: FixTag { 16 }
    @inlinable
    public static var execID: FixTag { 17 }
    @inlinable
    public static var execInst: FixTag { 18 }
    @inlinable
    public static var execRefID: FixTag { 19 }
    @inlinable
    public static var execTransType: FixTag { 20 }
    @inlinable
    public static var handlInst: FixTag { 21 }
    @inlinable
    public static var securityIDSource: FixTag { 22 }
    @inlinable
    public static var lastMkt: FixTag { 30 }
    @inlinable
    public static var lastPx: FixTag { 31 }
    @inlinable
    public static var lastQty: FixTag { 32 }
    @inlinable
    public static var msgSeqNum: FixTag { 34 }
    @inlinable
    public static var msgType: FixTag { 35 }
    @inlinable
    public static var newSeqNo: FixTag { 36 }
    @inlinable
    public static var orderID: FixTag { 37 }
    @inlinable
    public static var orderQty: FixTag { 38 }
    @inlinable
    public static var ordStatus: FixTag { 39 }
    @inlinable
    public static var ordType: FixTag { 40 }
    @inlinable
    public static var origClOrdID: FixTag { 41 }
    @inlinable
    public static var possDupFlag: FixTag { 43 }
    @inlinable
    public static var price: FixTag { 44 }
    @inlinable
    public static var refSeqNum: FixTag { 45 }
    @inlinable
    public static var rule80A: FixTag { 47 }
    @inlinable
    public static var securityID: FixTag { 48 }
    @inlinable
    public static var senderCompID: FixTag { 49 }
    @inlinable
    public static var senderSubID: FixTag { 50 }
    @inlinable
    public static var sendingTime: FixTag { 52 }
    @inlinable
    public static var side: FixTag { 54 }
    @inlinable
    public static var symbol: FixTag { 55 }
    @inlinable
    public static var targetCompID: FixTag { 56 }
    @inlinable
    public static var targetSubID: FixTag { 57 }
    @inlinable
    public static var text: FixTag { 58 }
    @inlinable
    public static var timeInForce: FixTag { 59 }
    @inlinable
    public static var transactTime: FixTag { 60 }
    @inlinable
    public static var validUntilTime: FixTag { 62 }
    @inlinable
    public static var settlType: FixTag { 63 }
    @inlinable
    public static var settlDate: FixTag { 64 }
    @inlinable
    public static var tradeDate: FixTag { 75 }
    @inlinable
    public static var rptSeq: FixTag { 83 }
    @inlinable
    public static var signature: FixTag { 89 }
    @inlinable
    public static var secureDataLen: FixTag { 90 }
    @inlinable
    public static var secureData: FixTag { 91 }
    @inlinable
    public static var signatureLength: FixTag { 93 }
    @inlinable
    public static var rawDataLength: FixTag { 95 }
    @inlinable
    public static var rawData: FixTag { 96 }
    @inlinable
    public static var possResend: FixTag { 97 }
    @inlinable
    public static var encryptMethod: FixTag { 98 }
    @inlinable
    public static var stopPx: FixTag { 99 }
    @inlinable
    public static var exDestination: FixTag { 100 }
    @inlinable
    public static var cxlRejReason: FixTag { 102 }
    @inlinable
    public static var ordRejReason: FixTag { 103 }
    @inlinable
    public static var heartBtInt: FixTag { 108 }
    @inlinable
    public static var clientID: FixTag { 109 }
    @inlinable
    public static var minQty: FixTag { 110 }
    @inlinable
    public static var maxFloor: FixTag { 111 }
    @inlinable
    public static var testReqID: FixTag { 112 }
    @inlinable
    public static var reportToExch: FixTag { 113 }
    @inlinable
    public static var locateReqd: FixTag { 114 }
    @inlinable
    public static var onBehalfOfCompID: FixTag { 115 }
    @inlinable
    public static var onBehalfOfSubID: FixTag { 116 }
    @inlinable
    public static var quoteID: FixTag { 117 }
    @inlinable
    public static var origSendingTime: FixTag { 122 }
    @inlinable
    public static var gapFillFlag: FixTag { 123 }
    @inlinable
    public static var expireTime: FixTag { 126 }
    @inlinable
    public static var deliverToCompID: FixTag { 128 }
    @inlinable
    public static var deliverToSubID: FixTag { 129 }
    @inlinable
    public static var quoteReqID: FixTag { 131 }
    @inlinable
    public static var bidPx: FixTag { 132 }
    @inlinable
    public static var offerPx: FixTag { 133 }
    @inlinable
    public static var bidSize: FixTag { 134 }
    @inlinable
    public static var offerSize: FixTag { 135 }
    @inlinable
    public static var resetSeqNumFlag: FixTag { 141 }
    @inlinable
    public static var senderLocationID: FixTag { 142 }
    @inlinable
    public static var targetLocationID: FixTag { 143 }
    @inlinable
    public static var onBehalfOfLocationID: FixTag { 144 }
    @inlinable
    public static var deliverToLocationID: FixTag { 145 }
    @inlinable
    public static var noRelatedSym: FixTag { 146 }
    @inlinable
    public static var execType: FixTag { 150 }
    @inlinable
    public static var leavesQty: FixTag { 151 }
    @inlinable
    public static var securityType: FixTag { 167 }
    @inlinable
    public static var effectiveTime: FixTag { 168 }
    @inlinable
    public static var securityExchange: FixTag { 207 }
    @inlinable
    public static var maxShow: FixTag { 210 }
    @inlinable
    public static var pegOffsetValue: FixTag { 211 }
    @inlinable
    public static var xmlDataLen: FixTag { 212 }
    @inlinable
    public static var xmlData: FixTag { 213 }
    @inlinable
    public static var mdReqID: FixTag { 262 }
    @inlinable
    public static var subscriptionRequestType: FixTag { 263 }
    @inlinable
    public static var marketDepth: FixTag { 264 }
    @inlinable
    public static var mdUpdateType: FixTag { 265 }
    @inlinable
    public static var aggregatedBook: FixTag { 266 }
    @inlinable
    public static var noMDEntryTypes: FixTag { 267 }
    @inlinable
    public static var noMDEntries: FixTag { 268 }
    @inlinable
    public static var mdEntryType: FixTag { 269 }
    @inlinable
    public static var mdEntryPx: FixTag { 270 }
    @inlinable
    public static var mdEntrySize: FixTag { 271 }
    @inlinable
    public static var mdEntryDate: FixTag { 272 }
    @inlinable
    public static var mdEntryTime: FixTag { 273 }
    @inlinable
    public static var mdEntryID: FixTag { 278 }
    @inlinable
    public static var mdUpdateAction: FixTag { 279 }
    @inlinable
    public static var mdReqRejReason: FixTag { 281 }
    @inlinable
    public static var mdEntryPositionNo: FixTag { 290 }
    @inlinable
    public static var quoteStatus: FixTag { 297 }
    @inlinable
    public static var quoteCancelType: FixTag { 298 }
    @inlinable
    public static var quoteResponseLevel: FixTag { 301 }
    @inlinable
    public static var quoteRequestType: FixTag { 303 }
    @inlinable
    public static var tradingSessionID: FixTag { 336 }
    @inlinable
    public static var contraTrader: FixTag { 337 }
    @inlinable
    public static var tradSesStatus: FixTag { 340 }
    @inlinable
    public static var numberOfOrders: FixTag { 346 }
    @inlinable
    public static var messageEncoding: FixTag { 347 }
    @inlinable
    public static var lastMsgSeqNumProcessed: FixTag { 369 }
    @inlinable
    public static var refTagID: FixTag { 371 }
    @inlinable
    public static var refMsgType: FixTag { 372 }
    @inlinable
    public static var sessionRejectReason: FixTag { 373 }
    @inlinable
    public static var contraBroker: FixTag { 375 }
    @inlinable
    public static var execRestatementReason: FixTag { 378 }
    @inlinable
    public static var businessRejectRefID: FixTag { 379 }
    @inlinable
    public static var businessRejectReason: FixTag { 380 }
    @inlinable
    public static var noContraBrokers: FixTag { 382 }
    @inlinable
    public static var maxMessageSize: FixTag { 383 }
    @inlinable
    public static var discretionInst: FixTag { 388 }
    @inlinable
    public static var discretionOffsetValue: FixTag { 389 }
    @inlinable
    public static var dayOrderQty: FixTag { 424 }
    @inlinable
    public static var dayCumQty: FixTag { 425 }
    @inlinable
    public static var dayAvgPx: FixTag { 426 }
    @inlinable
    public static var expireDate: FixTag { 432 }
    @inlinable
    public static var cxlRejResponseTo: FixTag { 434 }
    @inlinable
    public static var contraTradeQty: FixTag { 437 }
    @inlinable
    public static var clearingAccount: FixTag { 440 }
    @inlinable
    public static var multiLegReportingType: FixTag { 442 }
    @inlinable
    public static var partyIDSource: FixTag { 447 }
    @inlinable
    public static var partyID: FixTag { 448 }
    @inlinable
    public static var partyRole: FixTag { 452 }
    @inlinable
    public static var noPartyIDs: FixTag { 453 }
    @inlinable
    public static var testMessageIndicator: FixTag { 464 }
    @inlinable
    public static var secondaryClOrdID: FixTag { 526 }
    @inlinable
    public static var orderCapacity: FixTag { 528 }
    @inlinable
    public static var orderRestrictions: FixTag { 529 }
    @inlinable
    public static var massCancelRequestType: FixTag { 530 }
    @inlinable
    public static var massCancelResponse: FixTag { 531 }
    @inlinable
    public static var massCancelRejectReason: FixTag { 532 }
    @inlinable
    public static var totalAffectedOrders: FixTag { 533 }
    @inlinable
    public static var noAffectedOrders: FixTag { 534 }
    @inlinable
    public static var quoteType: FixTag { 537 }
    @inlinable
    public static var username: FixTag { 553 }
    @inlinable
    public static var password: FixTag { 554 }
    @inlinable
    public static var noLegs: FixTag { 555 }
    @inlinable
    public static var multiLegRptTypeReq: FixTag { 563 }
    @inlinable
    public static var legPositionEffect: FixTag { 564 }
    @inlinable
    public static var legPrice: FixTag { 566 }
    @inlinable
    public static var legSettlType: FixTag { 587 }
    @inlinable
    public static var legSettlDate: FixTag { 588 }
    @inlinable
    public static var legSymbol: FixTag { 600 }
    @inlinable
    public static var legSecurityID: FixTag { 602 }
    @inlinable
    public static var legSecurityIDSource: FixTag { 603 }
    @inlinable
    public static var legCFICode: FixTag { 608 }
    @inlinable
    public static var legSecurityType: FixTag { 609 }
    @inlinable
    public static var legMaturityDate: FixTag { 611 }
    @inlinable
    public static var legStrikePrice: FixTag { 612 }
    @inlinable
    public static var legRatioQty: FixTag { 623 }
    @inlinable
    public static var legSide: FixTag { 624 }
    @inlinable
    public static var rfqReqID: FixTag { 644 }
    @inlinable
    public static var legRefID: FixTag { 654 }
    @inlinable
    public static var quoteRequestRejectReason: FixTag { 658 }
    @inlinable
    public static var legQty: FixTag { 687 }
    @inlinable
    public static var quoteRespID: FixTag { 693 }
    @inlinable
    public static var quoteRespType: FixTag { 694 }
    @inlinable
    public static var nextExpectedMsgSeqNum: FixTag { 789 }
    @inlinable
    public static var copyMsgIndicator: FixTag { 797 }
    @inlinable
    public static var lastLiquidityInd: FixTag { 851 }
    @inlinable
    public static var newPassword: FixTag { 925 }
    @inlinable
    public static var mdBookType: FixTag { 1_021 }
    @inlinable
    public static var mdPriceLevel: FixTag { 1_023 }
    @inlinable
    public static var aggressorIndicator: FixTag { 1_057 }
    @inlinable
    public static var applVerID: FixTag { 1_128 }
    @inlinable
    public static var cstmApplVerID: FixTag { 1_129 }
    @inlinable
    public static var defaultApplVerID: FixTag { 1_137 }
    @inlinable
    public static var sessionStatus: FixTag { 1_409 }
}
