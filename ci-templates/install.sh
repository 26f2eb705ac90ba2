#!/bin/sh
# Installs the released binary of hotfix for a CI job, and nothing else: one tarball, one checksum. The GitHub action runs this file,
# the GitLab template holds a copy of it (a test compares them).
#
# HOTFIX_VERSION, HOTFIX_SHA256   which release, and the SHA-256 of its tarball; both empty: the ones that are pinned.
#                                 Version "installed": what the runner or its image has on the PATH.
# HOTFIX_BASE_URL                 where the tarball lies: https://mirror.example.com/hotfix, file:///opt/mirror
# HOTFIX_INSTALL_DIR              where it goes, never into the checkout; its bin/ is then on the PATH. Empty: a new folder.
set -eu
hotfix_fail() {
    if [ "${GITHUB_ACTIONS:-}" = true ]; then echo "::error title=hotfix::$1"; else echo "error: $1"; fi
    exit 1
}
hotfix_install() {
    version=${HOTFIX_VERSION:-$HOTFIX_PINNED_VERSION}
    sum=${HOTFIX_SHA256:-}
    case $version in *[!0-9A-Za-z.+-]*) hotfix_fail "the version of hotfix is no version: use 0.1.0, say" ;; esac
    if [ -z "$sum" ] && [ "$version" = "$HOTFIX_PINNED_VERSION" ]; then sum=$HOTFIX_PINNED_SHA256; fi
    case $sum in
        '') hotfix_fail "the checksum of hotfix $version is not known here: give it as sha256, from the SHA256SUMS of that release" ;;
        *[!0-9a-f]*) hotfix_fail "sha256 is not 64 hex digits" ;;
    esac
    [ "${#sum}" = 64 ] || hotfix_fail "sha256 is not 64 hex digits"
    platform=$(uname -s)-$(uname -m)
    [ "$platform" = Linux-x86_64 ] || hotfix_fail "there is no released hotfix for $platform: publish on an x86_64 Linux runner"
    case $HOTFIX_BASE_URL in
        https://* | file:///*) ;;
        *) hotfix_fail "base-url must begin with https:// or file:///" ;;
    esac
    dir=${HOTFIX_INSTALL_DIR:-$(mktemp -d)}
    mkdir -p "$dir"
    if [ "$(cat "$dir/.sha256" 2>/dev/null || true)" != "$sum" ]; then
        file=$dir/hotfix.tar.gz
        url=${HOTFIX_BASE_URL%/}/hotfix-$version-linux-x86_64.tar.gz
        curl -fsSL --proto-redir =https --retry 3 --max-time 300 -o "$file" "$url" || hotfix_fail "cannot fetch $url"
        got=$(sha256sum "$file" | cut -c1-64)
        if [ "$got" != "$sum" ]; then
            rm -f "$file"
            hotfix_fail "the tarball of hotfix $version has the SHA-256 $got, not $sum: it was not unpacked"
        fi
        tar -xzf "$file" -C "$dir" --strip-components=1 --no-same-owner || hotfix_fail "cannot unpack $file"
        rm -f "$file"
        echo "$sum" >"$dir/.sha256"
    fi
    export PATH="$dir/bin:$PATH"
    if [ -n "${GITHUB_PATH:-}" ]; then echo "$dir/bin" >>"$GITHUB_PATH"; fi
}
if [ "${HOTFIX_VERSION:-}" != installed ]; then hotfix_install; fi
hotfix --version || hotfix_fail "hotfix does not run here: see its README for what it needs"
