#!/usr/bin/env bats
# Trailers and push options that almost match: what git takes for a trailer counts, and what looks like ours and does not count
# refuses the push before the ref moves.
bats_require_minimum_version 1.5.0
load common

# A commit with exactly this message: message TEXT
message() {
    echo "$RANDOM$RANDOM" >HotPath/a.txt
    git add -A
    git commit -q --cleanup=verbatim -m "$1"
}

right="write 'Hotfix-Rollout: 5%'"

# The push of a tip with this message is refused with these words, and the ref has not moved.
refused() {
    message "$1"
    local before
    before=$(git ls-remote origin refs/heads/hotfix/1.0.0)
    run ! push hotfix/1.0.0
    push hotfix/1.0.0 || true
    says "${2:-$right}" "$told"
    [ "$(git ls-remote origin refs/heads/hotfix/1.0.0)" = "$before" ]
    [ ! -e "$store/$app" ]
    git reset -q --hard HEAD^
}

@test "our reader of trailers agrees with git's: the corpus, and 400 random messages" {
    run python3 "$HF_TOP/tests/e2e/trailers.py" "$HF_TEST_BIN/e2e/trailers" "$HF_TOP/tests/fuzz/corpus/trailers" 400
    echo "$output"
    [ "$status" = 0 ]
}

@test "what git reads counts: behind a line of dashes, with CRLF, in other case" {
    new_team
    message $'mend the cart\n\nSummary\n-------\nwords of it\n\nHotfix-Rollout: 5%\n'
    push hotfix/1.0.0
    [ "$(value 'm["releases"][0]["rollout"]')" = 500 ]
    message $'mend\r\n\r\nhotfix-ROLLOUT :  6% \r\n'
    push hotfix/1.0.0 -o hotfix.live
    [ "$(value 'm["releases"][0]["rollout"]')" = 600 ]
}

@test "what looks like a trailer of ours and is none is refused, with the right spelling" {
    new_team
    refused $'fix (#12)\n\nHotfix-Rollout: 5%\n\nCo-authored-by: Bob <bob@example.com>\n'
    refused $'fix\n\nHotfix-Rollout: 5%\n\n(cherry picked from commit 0123456789012345678901234567890123456789)\n'
    refused $'fix\n\nHotfix-Rollout: 5%\n\nChange-Id: I0123456789012345678901234567890123456789\n'
    refused $'fix\n\nHotfix-Rollout: 5%\n\nCloses #12\n'
    refused $'Squashed commit of the following:\n\n    fix\n\n    Hotfix-Rollout: 5%\n'
    refused $'fix\n\nHotfix-Rollout=5%\n'
    refused $'fix\n\nHotfix-Rollout：5%\n'
    refused $'fix\n\n> Hotfix-Rollout: 5%\n'
    refused $'fix\n\nHotfix Rolout: 5%\n'
    refused $'Hotfix-Rollout: 5%\n'
    refused $'fix\n\nHotfix-Rolout: 5%\n' "write Hotfix-Rollout"
    refused $'fix\n\nHotfix-Speed: 5%\n' "trailer 'Hotfix-Speed' of the commit is unknown"
    refused $'fix\n\nHotfix-Force: yes\n' "-o hotfix.force"
    refused $'fix\n\nHotfix-Target=2.0.0\n\nwords\n' "-o hotfix.target"
    # A subject is none, and neither are words about it.
    message $'hotfix-login: the button\n\nhotfix: with a rollout of 5% in mind\n'
    push hotfix/1.0.0
    [ "$(value 'm["releases"][0]["rollout"]')" = 10000 ]
}

@test "hotfix publish is as strict" {
    new_team
    message $'fix\n\nHotfix-Rollout: 5%\n\nCloses #12\n'
    git push -q origin HEAD:refs/heads/other
    run "$bin/hotfix" publish --repo "$bare" --target 1.0.0 other
    [ "$status" = 1 ]
    says "write 'Hotfix-Rollout: 5%'" "$output"
    [ ! -e "$store/$app" ]
}

@test "other commits of the push that carry such a line are named; with trailers = no the tip too" {
    new_team
    message $'one\n\nHotfix-Rollout: 5%\n'
    first=$(git rev-parse --short=12 HEAD)
    message $'two\n\n> hotfix_rolout = 5%\n'
    second=$(git rev-parse --short=12 HEAD)
    message three
    push hotfix/1.0.0
    echo "$pushed"
    says "warning: release parameters that do not count" "$told"
    says "$second '> hotfix_rolout = 5%', $first 'Hotfix-Rollout: 5%'" "$told"
    [ "$(value 'm["releases"][0]["rollout"]')" = 10000 ]
    message four
    push hotfix/1.0.0
    [[ $told != *"do not count"* ]]
    sed -i 's/^\[build\]/[release]\ntrailers = no\n\n[build]/' "$bare/hotfix.ini"
    message $'five\n\nHotfix-Rollout: 5%\n'
    push hotfix/1.0.0
    says "trailers = no" "$told"
    says "$(git rev-parse --short=12 HEAD) 'Hotfix-Rollout: 5%'" "$told"
}

@test "push options that look like ours are refused with the right spelling; others are left alone" {
    new_team
    fix two
    for option in rollout=5% Rolout:5% Hotfix.rollout=5% hotfix-rollout=5% hotfix_rollout=5% HOTFIX.ROLLOUT=5% hotfix:rollout=5% \
        hotfix.rolout=5% hotfix.rollout:5% 'hotfix rollout=5%'; do
        run ! push hotfix/1.0.0 -o "$option"
        push hotfix/1.0.0 -o "$option" || true
        says "write -o hotfix.rollout=5%" "$told"
    done
    run ! git ls-remote --exit-code origin 'refs/heads/hotfix/*'
    [ ! -e "$store/$app" ]
    # Where nothing is released, a bare name is somebody else's.
    push main -o rollout=5%
    push hotfix/1.0.0 -o ci.skip -o merge_request.create -o force -o 'hotfix.rollout= 5% '
    says "warning: the push option force is not hotfix's" "$told"
    [ "$(value 'm["releases"][0]["rollout"]')" = 500 ]
}

@test "hotfix.force and hotfix.live are yes or no" {
    new_team
    fix two
    run ! push hotfix/1.0.0 -o hotfix.force=maybe
    push hotfix/1.0.0 -o hotfix.force=maybe || true
    says "force 'maybe': write true or false" "$told"
    push hotfix/1.0.0 -o hotfix.force=0 -o hotfix.live=Off
    says "success: patch 1" "$told"
}
