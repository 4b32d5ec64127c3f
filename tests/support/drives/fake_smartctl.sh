#!/bin/sh
# A smartctl that replays: fake_smartctl.py lays out what it answers, and says how.
here=${0%/*}/.fake-smartctl
name= type= option= nocheck= json= test= pending=
for word in "$@"; do
    case $pending in
        type) type=$word; pending=; continue ;;
        nocheck) nocheck=$word; pending=; continue ;;
        test) test=$word; pending=; continue ;;
        other) pending=; continue ;;
    esac
    case $word in
        --json | --json=* | -j) json=yes ;;
        --scan | --scan-open) option=scan ;;
        --version | -V) option=version ;;
        -d) pending=type ;;
        --device=*) type=${word#*=} ;;
        -n) pending=nocheck ;;
        --nocheck=*) nocheck=${word#*=} ;;
        -t) pending=test ;;
        --test=*) test=${word#*=} ;;
        -X | --abort) test=abort ;;
        -l | -s | -f | -T) pending=other ;;
        -*) ;;
        *) name=$word ;;
    esac
done

say() {
    echo "$*" >> "$here/calls"
}

# $1: exit status, $2: what is wrong. Words that must not be in a shell's quotes are not in names here.
refuse() {
    printf '{"json_format_version":[1,0],"smartctl":{"version":[7,3],"exit_status":%s,' "$1"
    printf '"messages":[{"string":"%s","severity":"%s"}]}}\n' "$2" "${3:-error}"
    exit "$1"
}

say "call $*"
if [ "$option" = version ]; then
    cat "$here/version"
    exit 0
fi
if [ -z "$json" ]; then
    echo "this smartctl speaks JSON alone"
    exit 1
fi
if [ "$option" = scan ]; then
    cat "$here/scan.json"
    exit 0
fi
[ -n "$name" ] || refuse 1 "ERROR: smartctl requires a device name as the final command-line argument."
drive=$here/drives/$name
if [ -n "$type" ] && [ -d "$drive/type/$type" ]; then
    drive=$drive/type/$type
fi
[ -f "$drive/output" ] || refuse 2 "Smartctl open device: $name failed: No such device"

say "begin $name $type $$"
how=answer
[ -f "$drive/behaviour" ] && read -r how < "$drive/behaviour"
case $how in
    hang) exec sleep 3600 ;;
    deaf)
        # Hears no SIGTERM, and has a child that keeps stdout open.
        trap '' TERM
        sleep 3600 &
        echo $! >> "$here/children"
        sleep 3600
        ;;
    killed) kill -9 $$ ;;
    flood) exec cat /dev/zero ;;
    slow*) sleep "${how#slow }" ;;
    asleep)
        case $nocheck in
            standby* | sleep* | idle*)
                status=2
                case $nocheck in *,*) status=${nocheck#*,} ;; esac
                status=${status%%,*}
                say "asleep $name $type"
                refuse "$status" "Device is in STANDBY mode, exit($status)" information
                ;;
        esac
        say "woken $name $type"
        ;;
esac
if [ "$test" = abort ]; then
    rm -f "$drive/tested"
    say "abort $name $type"
elif [ -n "$test" ]; then
    say "test $name $test"
    : > "$drive/tested"
fi
if [ -f "$drive/tested" ] && [ -f "$drive/after" ]; then
    cat "$drive/after"
else
    cat "$drive/output"
fi
status=0
[ -f "$drive/status" ] && read -r status < "$drive/status"
# The status of a reading is about the drive; a command that is taken is no news of it.
[ -n "$test" ] && status=0
say "end $name $type $$"
exit "$status"
