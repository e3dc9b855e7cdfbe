# Is:        what ./run and ./check share: progress lines and the Debian packages.
# Is not:    a program; it is read with `.` after `root` is set.
# Called by: ./run, ./check.
# Owns:      nothing that outlives the command.
# Trust:     our own files and this machine's package database.

SLAGBOOM_START=${SLAGBOOM_START:-$(date +%s)}
export SLAGBOOM_START

say() {
	printf '[%3d s] %s\n' $(($(date +%s) - SLAGBOOM_START)) "$*"
}

# The names under the given sections of tools/packages.
packages_of() {
	for section in "$@"; do
		sed -n "/^\[$section\]/,/^\[/{/^[a-z0-9]/s/[[:space:]].*//p;}" "$root/tools/packages"
	done
}

# Of the names given, those that are not installed.
packages_missing() {
	installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
		sed -n 's/ installed$//p') || true
	for name in "$@"; do
		printf '%s\n' "$installed" | grep -qx -e "$name" || printf '%s ' "$name"
	done
}

# Runs the installer as root: as we are, by sudo, or by su where somebody can
# type the password. Fails with the one line to run where none of them works.
as_root() {
	ask=no
	[ -t 0 ] && [ -t 2 ] && [ -z "${CI:-}" ] && ask=yes
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && { [ $ask = yes ] || sudo -n true 2>/dev/null; }; then
		sudo -- "$@"
	elif command -v su >/dev/null && [ $ask = yes ]; then
		say "The password of root, once, to install them:"
		su root -c 'exec "$0" "$@"' -- "$@"
	else
		return 1
	fi
}

# Installs what is missing of the given sections; silent and quick if nothing is.
need_packages() {
	if ! command -v dpkg-query >/dev/null; then
		say "This is not Debian: you need what tools/packages lists."
		return 0
	fi
	missing=$(packages_missing $(packages_of "$@"))
	if [ -z "$missing" ]; then
		say "Packages: nothing is missing"
		return 0
	fi
	say "Packages: installing $missing"
	as_root "$root/tools/install" $missing && return 0
	if [ -n "$(packages_missing $missing)" ]; then
		say "Could not install them. As root, run:"
		echo "    apt-get update && apt-get install --no-install-recommends $missing"
		exit 1
	fi
}
