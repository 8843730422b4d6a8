// Package whole holds what the engine table compares: this project's whole
// exchange — accounts, margin, positions, wallets, histories, and every message
// written as JSON — and matching alone, on the same order flow.
package whole
