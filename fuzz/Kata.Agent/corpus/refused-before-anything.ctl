# Calls that act on the machine as soon as they are valid, and so are not made at random: what they must refuse before they act.
SetGuestDateTime {"Sec": "-1"}
SetGuestDateTime {"Sec": "-9223372036854775808", "Usec": "-1"}
SetGuestDateTime {"Sec": "1", "Usec": "1000000"}
SetGuestDateTime {"Usec": "9223372036854775807"}
ReseedRandomDev {}
AddSwap {}
AddSwapPath {}
AddSwapPath {"path": "relative"}
AddSwapPath {"path": "/nowhere"}
AddSwapPath {"path": "/etc/passwd"}
AddSwapPath {"path": "/proc/self/exe"}
