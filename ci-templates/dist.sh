#!/bin/bash
# Makes the files of a release. usage: ci-templates/dist.sh VERSION PLATFORM STAGE OUT [pin]   (called by `make dist`)
#
# STAGE holds the installed tree, hotfix-VERSION-PLATFORM/. Every library that the programs need but the C library itself is put
# beside them, with its licence, where their RPATH looks: so they run where no such package is installed, on this C library's
# version or a newer one. The same commit, compiler and packages give the same bytes.
#
# SHA256SUMS is signed with minisign when HOTFIX_MINISIGN_KEY names a key file; its password, if it has one, comes from stdin.
# pin: writes version and checksum into the templates, which install exactly this file.
set -euo pipefail

version=$1 platform=$2 stage=$3 out=$4 pin=${5:-}
name=hotfix-$version-$platform
tree=$stage/$name
export LC_ALL=C TZ=UTC
umask 022
top=$(cd "$(dirname "$0")/.." && pwd)
# The commit that pins the checksum must not change what it is the checksum of.
epoch=$(git -C "$top" log -1 --format=%ct -- . ':!ci-templates')

die() { echo "dist: $*" >&2; exit 1; }
[ -x "$tree/bin/hotfix" ] || die "no programs in $tree"

programs=("$tree"/bin/* "$tree"/sbin/* "$tree"/libexec/hotfix/*)
strip --strip-unneeded "${programs[@]}"
rm -rf "$tree/lib/hotfix" "$tree/share/doc/hotfix/licenses"
mkdir -p "$tree/lib/hotfix" "$tree/share/doc/hotfix/licenses"

# What the loader finds, but the loader and the C library's own parts.
ldd "${programs[@]}" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
    grep -vE '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv|util|nsl|anl))\.so[^/]*$' >"$stage/libraries" || true
while read -r library; do
    cp -L "$library" "$tree/lib/hotfix/"
    package=$(dpkg-query -S "$(readlink -f "$library")" 2>/dev/null || dpkg-query -S "*/$(basename "$library")" | head -n 1)
    package=${package%%:*}
    [ -f "/usr/share/doc/$package/copyright" ] || die "no licence of $library is known"
    cp -L "/usr/share/doc/$package/copyright" "$tree/share/doc/hotfix/licenses/$package"
done <"$stage/libraries"
chmod 644 "$tree"/lib/hotfix/*
# The hooks' RPATH is the programs' own: from libexec/hotfix it leads here.
ln -sfn ../lib "$tree/libexec/lib"
for program in "${programs[@]}"; do
    [ "$(readelf -d "$program" | sed -n 's/.*Library rpath: //p')" = "[\$ORIGIN/../lib/hotfix]" ] ||
        die "$program looks for libraries elsewhere"
done
cp "$top/LICENSE" "$tree/share/doc/hotfix/LICENSE"
# The edge is built from kore's sources.
cp -L /usr/share/doc/kore/copyright "$tree/share/doc/hotfix/licenses/kore"

# The newest symbol version of the C library that anything here asks for.
glibc=$(objdump -T "${programs[@]}" "$tree"/lib/hotfix/*.so* 2>/dev/null | grep -oE 'GLIBC_2\.[0-9]+' | sort -Vu | tail -n 1)
cat >"$tree/README" <<TEXT
hotfix $version for $platform. Unpack it anywhere: bin/hotfix finds its libraries in lib/hotfix beside it.
Needs a kernel with pidfd (5.3 or newer) and ${glibc/GLIBC_/the GNU C library } or newer. hotfix ci needs git as well.
TEXT

mkdir -p "$out"
rm -f "$out"/*
tar --sort=name --format=ustar --mtime="@$epoch" --owner=0 --group=0 --numeric-owner -C "$stage" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
git -C "$top" archive --format=tar --prefix="hotfix-$version/" HEAD | gzip -9n >"$out/hotfix-$version.tar.gz"
(cd "$out" && sha256sum -- *.tar.gz >SHA256SUMS)

if [ -n "${HOTFIX_MINISIGN_KEY:-}" ]; then
    minisign -S -s "$HOTFIX_MINISIGN_KEY" -m "$out/SHA256SUMS" -t "hotfix $version" >/dev/null || die "minisign could not sign"
else
    echo "dist: not signed: HOTFIX_MINISIGN_KEY names no key" >&2
fi

if [ "$pin" = pin ]; then
    sum=$(sha256sum "$out/$name.tar.gz" | cut -c1-64)
    sed -i -E "s/^( *)PINNED_VERSION: .*/\\1PINNED_VERSION: '$version'/; s/^( *)PINNED_SHA256: .*/\\1PINNED_SHA256: '$sum'/" \
        "$top/ci-templates/github/setup/action.yml"
    sed -i -E "s/^( *)HOTFIX_PINNED_VERSION=.*/\\1HOTFIX_PINNED_VERSION='$version'/; s/^( *)HOTFIX_PINNED_SHA256=.*/\\1HOTFIX_PINNED_SHA256='$sum'/" \
        "$top/ci-templates/gitlab/templates/publish/template.yml"
fi
(cd "$out" && wc -c -- *)
echo "  needs ${glibc/GLIBC_/glibc } or newer; $(wc -l <"$stage/libraries") libraries inside"
