package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"poise/account"
	"poise/store"
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

// completesFrom offers what the store or the server has that the flags name.
func completesFrom(c *cobra.Command, flag string, read func(context.Context, *choice, records) ([]string, error)) {
	completes(c, flag, func(c *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		ctx, stop := context.WithTimeout(context.Background(), completeMost)
		defer stop()
		c.SetContext(ctx)
		given := func(name string) string {
			if f := c.Flag(name); f != nil {
				return f.Value.String()
			}
			return ""
		}
		o := &choice{store: given("store"), account: given("account"), serverFlags: serverFlags{server: given("server"), token: given("token")}}
		r, done, err := o.reach(c)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer done()
		words, err := read(ctx, o, r)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		slices.Sort(words)
		words = slices.DeleteFunc(slices.Compact(words), func(w string) bool { return !strings.HasPrefix(w, begun) })
		return words, cobra.ShellCompDirectiveNoFileComp
	})
}

func completesAccount(c *cobra.Command) {
	completesFrom(c, "account", func(ctx context.Context, _ *choice, r records) ([]string, error) {
		accounts, err := r.Accounts(ctx)
		return names(accounts), err
	})
}

func completesAsset(c *cobra.Command) {
	completesFrom(c, "asset", func(ctx context.Context, o *choice, r records) (words []string, err error) {
		list, err := o.names(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, name := range list {
			rows, err := r.Balances(ctx, name, store.Latest)
			if err != nil {
				return nil, err
			}
			for _, b := range rows {
				words = append(words, b.Asset)
			}
		}
		return words, nil
	})
}
