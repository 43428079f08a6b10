# SPDX-License-Identifier: GPL-2.0
# allnoconfig with KCONFIG_ALLCONFIG, for a Kconfig of one file: a symbol that is asked for is
# dropped if it is not defined or if what it depends on is not asked for.
FNR == NR {
	if ($1 == "config" || $1 == "menuconfig")
		symbol = $2
	if (symbol != "")
		known[symbol] = 1
	if ($1 == "depends")
		depends[symbol] = $3
	next
}
/^CONFIG_/ {
	split($0, pair, "=")
	name = substr(pair[1], 8)
	line[++count] = $0
	asked[name] = 1
	of[count] = name
}
END {
	for (i = 1; i <= count; i++) {
		name = of[i]
		if (!(name in known))
			continue
		if (name in depends && !(depends[name] in asked))
			continue
		print line[i]
	}
}
