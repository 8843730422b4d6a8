package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"poise/account"
)

// completes has a shell offer values of a flag. The flag must be there.
func completes(c *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := c.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

// completesWords is completes for values that are known.
func completesWords(c *cobra.Command, flag string, words ...string) {
	completes(c, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

func entryKinds() (words []string) {
	for _, k := range []account.Kind{account.Opening, account.Transfer, account.RealizedPnL, account.Commission, account.FundingFee, account.InsuranceClear,
		account.WelcomeBonus, account.DeliveredSettle, account.Adjustment, account.AssetTransfer, account.CoinSwap, account.Unexplained} {
		words = append(words, string(k))
	}
	return words
}

func incidentKinds() (words []string) {
	for _, k := range []account.IncidentKind{account.IncidentUnexplained, account.IncidentIsolated, account.IncidentLate, account.IncidentUnreadable,
		account.IncidentUnknown, account.IncidentKeyExpired, account.IncidentNoLine} {
		words = append(words, string(k))
	}
	return words
}

// completeMost is how long a shell waits for accounts and assets.
const completeMost = 2 * time.Second

// completesFrom offers what the store or the server that is named has.
func (o *choice) completesFrom(c *cobra.Command, flag string, read func(context.Context, records) ([]string, error)) {
	completes(c, flag, func(c *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		ctx, stop := context.WithTimeout(context.Background(), completeMost)
		defer stop()
		c.SetContext(ctx)
		r, done, err := o.reach(c)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer done()
		words, err := read(ctx, r)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		slices.Sort(words)
		words = slices.DeleteFunc(slices.Compact(words), func(w string) bool { return !strings.HasPrefix(w, begun) })
		return words, cobra.ShellCompDirectiveNoFileComp
	})
}

func (o *choice) accountNames(ctx context.Context, r records) ([]string, error) {
	accounts, err := r.Accounts(ctx)
	return names(accounts), err
}

func (o *choice) assetNames(ctx context.Context, r records) (words []string, err error) {
	list, err := o.names(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, name := range list {
		rows, err := r.Balances(ctx, name, 0)
		if err != nil {
			return nil, err
		}
		for _, b := range rows {
			words = append(words, b.Asset)
		}
	}
	return words, nil
}
