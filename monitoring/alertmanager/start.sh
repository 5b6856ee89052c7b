#!/bin/sh
# Alertmanager reads no environment variables. This script adds the addresses from the environment to the receivers of
# alertmanager.yml, each in a file that only Alertmanager can read, and starts it. Addresses that are not set are left out.
#
#   ALERT_SLACK_URL      pages and tickets: an incoming webhook of Slack, or of a compatible service
#   ALERT_PAGERDUTY_KEY  pages: an integration key of PagerDuty, Events API v2
#   ALERT_WEBHOOK_URL    pages and tickets: the JSON of Alertmanager, to any webhook
#   ALERT_HEARTBEAT_URL  the heartbeat: a service that raises an alarm when it receives nothing for some minutes
set -eu
umask 077
dir=/tmp/alertmanager
rm -rf "$dir"
mkdir "$dir"

# integration RECEIVER LINE...: adds lines to a receiver.
integration() {
  file=$dir/$1.receiver
  shift
  printf '    %s\n' "$@" >>"$file"
}

if [ -n "${ALERT_SLACK_URL:-}" ]; then
  printf %s "$ALERT_SLACK_URL" >"$dir/slack-url"
  for receiver in page ticket; do
    integration $receiver 'slack_configs:' \
      "  - api_url_file: $dir/slack-url" \
      '    send_resolved: true' \
      "    color: '{{ template \"document-gateway.color\" . }}'" \
      "    title: '{{ template \"document-gateway.title\" . }}'" \
      "    text: '{{ template \"document-gateway.text\" . }}'"
  done
fi
if [ -n "${ALERT_PAGERDUTY_KEY:-}" ]; then
  printf %s "$ALERT_PAGERDUTY_KEY" >"$dir/pagerduty-key"
  integration page 'pagerduty_configs:' \
    "  - routing_key_file: $dir/pagerduty-key" \
    "    description: '{{ template \"document-gateway.title\" . }}'" \
    "    details: { alerts: '{{ template \"document-gateway.text\" . }}' }"
fi
if [ -n "${ALERT_WEBHOOK_URL:-}" ]; then
  printf %s "$ALERT_WEBHOOK_URL" >"$dir/webhook-url"
  for receiver in page ticket; do
    integration $receiver 'webhook_configs:' "  - url_file: $dir/webhook-url"
  done
fi
if [ -n "${ALERT_HEARTBEAT_URL:-}" ]; then
  printf %s "$ALERT_HEARTBEAT_URL" >"$dir/heartbeat-url"
  integration heartbeat 'webhook_configs:' \
    "  - url_file: $dir/heartbeat-url" \
    '    send_resolved: false'
fi

insert=
for receiver in page ticket heartbeat; do
  if [ -e "$dir/$receiver.receiver" ]; then
    insert="$insert -e /name:.$receiver\$/r$dir/$receiver.receiver"
  fi
done
# shellcheck disable=SC2086  # one argument for each receiver
sed -e '' $insert /etc/alertmanager/alertmanager.yml >"$dir/alertmanager.yml"

exec /bin/alertmanager --config.file="$dir/alertmanager.yml" "$@"
