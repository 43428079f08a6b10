#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A workload can be a script, too; busybox is all there is.
echo "TAP version 13"
echo "1..1"
if busybox grep -q "^m2m_echo " /proc/modules; then
	echo "ok 1 module.loaded"
else
	echo "not ok 1 module.loaded"
	exit 1
fi
