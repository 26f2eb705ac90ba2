#!/usr/bin/perl
# Keys of a store are spelled in core/layout.c alone: no other string holds a piece of one, but sentences for people (they have spaces).
# usage: tests/lint/keys.pl FILE...
use strict;
use warnings;

my $bad = 0;
for my $file (@ARGV) {
    next if $file =~ m{(^|/)core/layout\.[ch]$};
    open my $in, '<', $file or die "$file: $!\n";
    my $text = do { local $/; <$in> };
    # Comments go, their lines stay.
    $text =~ s{("(?:[^"\\\n]|\\.)*")|/\*.*?\*/}{defined $1 ? $1 : $& =~ s/[^\n]//gr}gse;
    # One string is all that the compiler joins, and what stands for a piece of it.
    while ($text =~ m{((?:"(?:[^"\\\n]|\\.)*")(?:\s*(?:"(?:[^"\\\n]|\\.)*"|PRI[a-zA-Z0-9]+\b|HF_[A-Z_]+\b))*)}g) {
        my ($string, $end) = ($1, pos $text);
        my $said = join '', $string =~ m{"((?:[^"\\\n]|\\.)*)"}g;
        next if $said =~ / / or $said !~ m{(?:^|/)(?:objects|deltas|history|candidates)/|manifest\.json};
        my $line = 1 + substr($text, 0, $end - length $string) =~ tr/\n//;
        print "$file:$line: spells a key of the store: $string\n    Ask core/layout.h for it.\n";
        $bad = 1;
    }
}
exit $bad;
