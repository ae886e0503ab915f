// SPDX-License-Identifier: MIT
// swift-format-ignore-file
// Written by Scripts/fix-dictionaries.py: not to be changed by hand.

extension FixBuiltinText {
    /// FIXT.1.1.
    static let fixt11 = #"""
dictionary FIXT.1.1
fields BOOLEAN 43 PossDupFlag 97 PossResend 123 GapFillFlag 141 ResetSeqNumFlag 464 TestMessageIndicator
fields DATA 89 Signature 91 SecureData 96 RawData 213 XmlData 355 EncodedText 1402 EncryptedPassword
fields DATA 1404 EncryptedNewPassword
fields INT 98 EncryptMethod 108 HeartBtInt 371 RefTagID 373 SessionRejectReason 1156 ApplExtID
fields INT 1400 EncryptedPasswordMethod 1406 RefApplExtID 1407 DefaultApplExtID 1409 SessionStatus
fields LENGTH 9 BodyLength 90 SecureDataLen 93 SignatureLength 95 RawDataLength 212 XmlDataLen
fields LENGTH 354 EncodedTextLen 383 MaxMessageSize 1401 EncryptedPasswordLen 1403 EncryptedNewPasswordLen
fields NUMINGROUP 627 NoHops
fields SEQNUM 7 BeginSeqNo 16 EndSeqNo 34 MsgSeqNum 36 NewSeqNo 45 RefSeqNum 369 LastMsgSeqNumProcessed
fields SEQNUM 630 HopRefID 789 NextExpectedMsgSeqNum
fields STRING 8 BeginString 10 CheckSum 35 MsgType 49 SenderCompID 50 SenderSubID 56 TargetCompID
fields STRING 57 TargetSubID 58 Text 112 TestReqID 115 OnBehalfOfCompID 116 OnBehalfOfSubID
fields STRING 128 DeliverToCompID 129 DeliverToSubID 142 SenderLocationID 143 TargetLocationID
fields STRING 144 OnBehalfOfLocationID 145 DeliverToLocationID 347 MessageEncoding 372 RefMsgType 553 Username
fields STRING 554 Password 628 HopCompID 925 NewPassword 1128 ApplVerID 1129 CstmApplVerID 1130 RefApplVerID
fields STRING 1131 RefCstmApplVerID 1137 DefaultApplVerID 1408 DefaultCstmApplVerID
fields UTCTIMESTAMP 52 SendingTime 122 OrigSendingTime 629 HopSendingTime
enum 43 N NO Y YES
enum 97 N NO Y YES
enum 98 0 NONE_OTHER 1 PKCS 2 DES 3 PKCSDES 4 PGPDES 5 PGPDESMD5 6 PEMDESMD5
enum 123 N NO Y YES
enum 141 N NO Y YES
enum 373 0 INVALID_TAG_NUMBER 1 REQUIRED_TAG_MISSING 2 TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE 3 UNDEFINED_TAG
enum 373 4 TAG_SPECIFIED_WITHOUT_A_VALUE 5 VALUE_IS_INCORRECT 6 INCORRECT_DATA_FORMAT_FOR_VALUE
enum 373 7 DECRYPTION_PROBLEM 8 SIGNATURE_PROBLEM 9 COMPID_PROBLEM 10 SENDINGTIME_ACCURACY_PROBLEM
enum 373 11 INVALID_MSGTYPE 12 XML_VALIDATION_ERROR 13 TAG_APPEARS_MORE_THAN_ONCE
enum 373 14 TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER 15 REPEATING_GROUP_FIELDS_OUT_OF_ORDER
enum 373 16 INCORRECT_NUMINGROUP_COUNT_FOR_REPEATING_GROUP 17 NON_DATA_VALUE_INCLUDES_FIELD_DELIMITER
enum 373 18 INVALID_UNSUPPORTED_APPLICATION_VERSION 99 OTHER
enum 464 N NO Y YES
enum 1128 0 FIX27 1 FIX30 2 FIX40 3 FIX41 4 FIX42 5 FIX43 6 FIX44 7 FIX50 8 FIX50_SP1 9 FIX50_SP2
enum 1409 0 SESSION_ACTIVE 1 SESSION_PASSWORD_CHANGED 2 SESSION_PASSWORD_DUE_TO_EXPIRE
enum 1409 3 NEW_SESSION_PASSWORD_DOES_NOT_COMPLY_WITH_POLICY 4 SESSION_LOGOUT_COMPLETE
enum 1409 5 INVALID_USERNAME_OR_PASSWORD 6 ACCOUNT_LOCKED 7 LOGONS_ARE_NOT_ALLOWED_AT_THIS_TIME
enum 1409 8 PASSWORD_EXPIRED
header
 8! 9! 35! 1128 1156 1129 49! 56! 115 128 90 91 34! 50 142 57 143 116 144 129 145 43 97 52! 122 212 213 347
 369
 group 627
  628 629 630
 end
end
trailer
 93 89 10!
end
component MsgTypeGrp
end
message 0 Heartbeat
 112
end
message 1 TestRequest
 112!
end
message 2 ResendRequest
 7! 16!
end
message 3 Reject
 45! 371 372 1130 1406 1131 373 58 354 355
end
message 4 SequenceReset
 123 36!
end
message 5 Logout
 1409 58 354 355
end
message A Logon
 98! 108! 95 96 141 789 383
 component MsgTypeGrp
 464 553 554 925 1400 1401 1402 1403 1404 1409 1137! 1407 1408 58 354 355
end
"""#
}
