#!/usr/bin/env bash
# The daily job: the ERP's export becomes a ledger, the ledger scores and a plan. As a line of a crontab, 6:10 on
# weekdays:
#
#   10 6 * * 1-5  /opt/cobranca/daily_batch.sh /srv/export /srv/model /srv/runs >>/var/log/cobranca.log 2>&1
#
# Exit codes: 0 done; 1 the data or the call is wrong (the message says what); 2 wrong usage; 75 the job of before still
# runs. A day is written whole or not at all: after any failure run it again.
set -euo pipefail

if [[ $# -lt 3 ]]; then
    echo "usage: daily_batch.sh EXPORT MODEL RUNS [DATE]" >&2
    exit 2
fi
export_folder=$1 model=$2 runs=$3 day=${4:-$(date +%F)}
command=(${INADIMPLENCIA:-inadimplencia})

mkdir -p "$runs"
exec 9>"$runs/.lock"
flock --nonblock 9 || exit 75

# What was decided before: an earlier plan is read, so that what is done once is not done twice.
history=()
for earlier in "$runs"/????-??-??; do
    if [[ -d $earlier && ${earlier##*/} < $day ]]; then history=(--history "$earlier"); fi
done

work=$(mktemp -d "$runs/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
"${command[@]}" import "$export_folder"/*.csv --mapping "$export_folder/mapping.yaml" --out "$work/ledger"
"${command[@]}" check "$work/ledger"
"${command[@]}" score "$work/ledger" --model "$model" --as-of "$day" --policy default "${history[@]}" --out "$work/day"

rm -rf "$runs/$day"
mv "$work/day" "$runs/$day"
echo "$day: scores and decisions in $runs/$day"
