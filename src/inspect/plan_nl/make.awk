# Turns libphonenumber's ranges.csv of country 31 into plan_nl.c (README.md beside this file).
BEGIN {
	FS = " *; *"
	print "/*"
	print " * Is:        the built-in Dutch numbering plan, as the text that plan_parse reads."
	print " * Is not:    written by hand: plan_nl/make.awk makes it from plan_nl/ranges.csv"
	print " *            (google/libphonenumber, Apache-2.0; licence beside it)."
	print " * Called by: plan.c."
	print " * Owns:      nothing."
	print " * Trust:     ours."
	print " */"
	print "#include \"inspect/plan.h\""
	print ""
	print "static const char text[] ="
	print "\t\"country 31 trunk 0 international 00\\n\""
}
NR > 1 {
	gsub(/^ +| +$/, "", $1)
	if ($4 != "STANDARD_RATE" || $5 != "false")
		next
	if ($3 != "FIXED_LINE" && $3 != "MOBILE" && $3 != "VOIP" && $3 != "PAGER")
		next
	gsub(/ /, "", $2)
	printf "\t\"msisdn 31%s %d\\n\"\n", $1, $2 + 2
}
END {
	print "\t\"imsi 204 15\\n\""
	print "\t\"iccid 8931 19-20\\n\";"
	print ""
	print "struct rd plan_default_text(void)"
	print "{"
	print "\treturn rd_str(text);"
	print "}"
}
