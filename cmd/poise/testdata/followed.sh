# What pages about a follower begin with: a venue with an account, which is
# followed. It sets $venue and $follow, their processes.
poise venue > venue.txt &
venue=$!
until curl -s 127.0.0.1:9701/v1/books > books.json; do sleep 0.1; done
curl -s -d '{"alias":"main","balances":{"BTC":"2"}}' 127.0.0.1:9701/v1/accounts > main.json
export MAIN_KEY=$(sed 's/.*"apiKey":"\([^"]*\)".*/\1/' main.json) MAIN_SECRET=$(sed 's/.*"apiSecret":"\([^"]*\)".*/\1/' main.json)
cat > poise.yaml <<'Y'
exchange: {rest: "http://127.0.0.1:9700", stream: "ws://127.0.0.1:9700"}
accounts: [{name: main, key: "${MAIN_KEY}", secret: "${MAIN_SECRET}"}]
Y
poise follow > follow.txt 2> follow.log &
follow=$!
until curl -s 127.0.0.1:9710/readyz | grep -q '"ok":true'; do sleep 0.1; done
