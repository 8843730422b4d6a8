package engine

import (
	"fmt"
	"strconv"
)

// Error is a refusal: the exchange's code and message. Nothing has changed.
type Error struct {
	Code int
	Msg  string
}

// Error returns "-2019: Margin is insufficient."
func (e *Error) Error() string { return strconv.Itoa(e.Code) + ": " + e.Msg }

// messages are the documented texts of the codes used here.
var messages = map[int]string{
	-1102: "Mandatory parameter '%s' was not sent, was empty/null, or malformed.",
	-1106: "Parameter '%s' sent when not required.",
	-1108: "Invalid asset.",
	-1109: "Invalid account.",
	-1111: "Precision is over the maximum defined for this asset.",
	-1115: "Invalid timeInForce.",
	-1116: "Invalid orderType.",
	-1117: "Invalid side.",
	-1121: "Invalid symbol.",
	-1130: "Data sent for parameter '%s' is not valid.",
	-2011: "Unknown order sent.",
	-2013: "Order does not exist.",
	-2018: "Balance is insufficient.",
	-2019: "Margin is insufficient.",
	-2021: "Order would immediately trigger.",
	-2022: "ReduceOnly Order is rejected.",
	-2025: "Reach max open order limit.",
	-2026: "This OrderType is not supported when reduceOnly.",
	-2027: "Exceeded the maximum allowable position at current leverage.",
	-2028: "Leverage is smaller than permitted: insufficient margin balance.",
	-4001: "Price less than 0.",
	-4002: "Price greater than max price.",
	-4003: "Quantity less than zero.",
	-4004: "Quantity less than min quantity.",
	-4005: "Quantity greater than max quantity.",
	-4006: "Stop price less than zero.",
	-4007: "Stop price greater than max price.",
	-4013: "Price less than min price.",
	-4014: "Price not increased by tick size.",
	-4015: "Client order id is not valid.",
	-4016: "Price is higher than mark multiplier cap.",
	-4024: "Price is lower than mark multiplier floor.",
	-4023: "Qty not increased by step size.",
	-4028: "Leverage %v is not valid",
	-4045: "Reach max stop order limit.",
	-4046: "No need to change margin type.",
	-4047: "Margin type cannot be changed if there exists open orders.",
	-4048: "Margin type cannot be changed if there exists position.",
	-4049: "Add margin only support for isolated position.",
	-4050: "Cross balance insufficient.",
	-4051: "Isolated balance insufficient.",
	-4054: "Cannot add position margin: position is 0.",
	-4055: "Amount must be positive.",
	-4059: "No need to change position side.",
	-4060: "Invalid position side.",
	-4061: "Order's position side does not match user's setting.",
	-4062: "Invalid or improper reduceOnly value.",
	-4067: "Position side cannot be changed if there exists open orders.",
	-4068: "Position side cannot be changed if there exists position.",
	-4108: "This contract is not in trading status.",
	-4116: "ClientOrderId is duplicated.",
	-4136: "Invalid callBack rate.",
	-4137: "Quantity must be zero with closePosition equals true.",
	-4161: "Leverage reduction is not supported in Isolated Margin Mode with open positions.",
	-5021: "Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history.",
	-5022: "Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history.",
	-5027: "No need to modify the order.",
}

// refuse makes an Error; args fill the message's %s.
func refuse(code int, args ...any) error {
	msg := messages[code]
	if len(args) > 0 {
		msg = fmt.Sprintf(msg, args...)
	}
	return &Error{Code: code, Msg: msg}
}

// badParameter is a refusal of data that no documented filter covers.
func badParameter(name string) error { return refuse(-1130, name) }
