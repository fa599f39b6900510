# Who gains access by a plan, and who loses it, as a table in Markdown:
#
#   terraform show -json saved.tfplan > saved.json
#   jq -r -f access.jq saved.json
#
# It compares who is in a role before, by all resources of the plan, and after. So nobody gains or loses anything when a
# resource is moved, imported or replaced, or when a single membership becomes part of a whole role.

def lower: if . == null then null else ascii_downcase end;
def object: if type == "object" then . else {} end;
def escaped: gsub("[\\r\\n]+"; " ") | gsub("(?<c>[\\\\|`*_~&$#<>\\[\\]])"; "\\\(.c)");

# One side of a change: a role, and who is in it. What is known only after apply is missing, and is true in $unknown. What is
# true in $sensitive the plan does not show, and no more does the table: of whom that is the email, the UUID is told.
def side($whole; $unknown; $sensitive):
  if . == null then null else {
    role: {id: (.role_id | lower), name: .role_name, organization: .organization_id},
    people: (
      if $whole
      then ($unknown.members | object | map_values(null)) + (.members // {}) | to_entries | map({uuid: (.key | lower), email: .value})
      else [{uuid: (.user_uuid | lower), email: .user_email}]
      end
      | if [$sensitive | .user_email, .users, .members | .. | . == true] | any then map(.email = null) else . end
    ),
    open: ($whole and $unknown.members == true),
    ignored: [(.ignored_users // [])[] | lower]
  } end;

def changes:
  .resource_changes[]?
  | select(.mode == "managed" and (.type == "posthog_role_members" or .type == "posthog_role_membership"))
  | .address as $address
  | (.type == "posthog_role_members") as $whole
  | .change
  | (.after_unknown | object) as $unknown
  | (.before_sensitive | object) as $hidden
  | (.after_sensitive | object) as $hides
  | (.actions == ["update"]) as $updates
  | (
      if $updates | not then null
      elif $unknown.organization_id == true then "organization"
      elif $unknown.role_id == true then "role"
      elif $unknown.user_uuid == true and $unknown.user_email == true then "user"
      else null end
    ) as $undecided
  | (.before | side($whole; {}; $hidden)) as $before
  | (.after | side($whole; $unknown; $hides)) as $after
  | {
      $address, $whole, $updates, $undecided, $before,
      # An update may move users, or not, if the place is known only after apply. A note says so, and the table shows no change.
      after: (if $undecided == null then $after else $before end),
      # What a plan forgets stays as it is.
      forgets: (.actions | index("forget") != null),
      # A new id is known before the apply if the user is in the role already, so that the membership is adopted.
      adopts: (($whole | not) and .after.id != null and .after.id != .before.id),
      # A membership that stays is updated only to remove what an unfinished move has added.
      undoes: ($updates and $unknown.updated_at == true and .after.id == .before.id)
    };

[changes] as $changes
# Those after come last: a role or a person that is told of twice goes by what holds then.
| [$changes[].before, $changes[].after | select(. != null)] as $sides
| [$sides[].people[] | select((.uuid // "") != "" and (.email // "") != "")] as $named
| (reduce $named[] as $p ({}; .[$p.uuid] = $p.email)) as $emails
| (reduce $named[] as $p ({}; .[$p.email | lower] = $p.uuid)) as $uuids
| (reduce ($sides[].role | select(.id != null and .name != null)) as $r ({}; .[$r.id] = $r.name)) as $names

# Roles of two organizations may have one name.
| ([$sides[].role.organization | select(. != null)] | unique | length > 1) as $several
# Everybody on one side of a change, each with a key: the same person in the same role has the same one.
| def role($change):
    .role
    | (if $several and .organization != null then " of \(.organization)" else "" end) as $where
    | {key: (.id // .name // $change.address), name: (($names[.id // ""] // .name // .id // "known after apply") + $where)};
  def entries($change):
    if . == null then empty else
      role($change) as $role
      | .people[]
      | (.uuid // $uuids[.email // "" | lower] // (.email | lower)) as $who
      | {
          key: ([$role.key, $who // $change.address] | tojson),
          role: $role.name,
          who: ($emails[$who // ""] // (if (.email // "") == "" then $who else .email end) // "known after apply")
        }
    end;
  def set(entries): reduce entries as $entry ({}; .[$entry.key] = $entry);
  # Those of the side before whom the change may take out: whoever is ignored from now on stays, but a move leaves nobody behind.
  def leaving:
    . as $change
    | (.before.role.id == .after.role.id) as $same
    | (if $same then .after.ignored else [] end) as $ignored
    | if .forgets or ($same and .after.open) then empty
      else .before | .people |= map(select([.uuid, (.email | lower)] - $ignored | length == 2)) | entries($change)
      end;

  set($changes[] | . as $change | .before, (if .adopts then .after else null end) | entries($change)) as $had
| set($changes[] | select(.before != null) | leaving) as $leaving
| set($changes[] | . as $change | .after | entries($change)) as $have
| [$changes[].before | select(. != null) | .role.id] as $shown

| [$have[] | select($had[.key] == null) | . + {access: "gains"}]
  + [$leaving[] | select($have[.key] == null) | . + {access: "loses"}]
| sort_by([(.role | lower), .role, .access, (.who | lower)]) as $rows

# What the plan does not say, but in its warnings.
| [
    $changes[]
    | . as $change
    | select(.after != null)
    | (.address | escaped) as $address
    | (.after | role($change).name | if . == "known after apply" then $address else escaped end) as $role
    | if .undecided then "The \(.undecided) of \($address) is known only after apply. The apply may move users."
      elif .undoes then "\($address) undoes an unfinished move. The apply removes the users that the move has added."
      elif .after.open then "Who is in \($role) is known only after apply."
      elif (.whole | not) or (.after.role.id | IN($shown[])) then empty
      elif .updates then "\($address) moves to \($role). Users who are in \($role) already gain nothing. Other members of \($role) stay until the next plan."
      else "\($role) is declared whole without an import: who is in it already gains nothing, and who is not declared loses access. The plan warns of them."
      end
  ] as $notes

| if $rows == [] then (if $notes == [] then "Nobody gains or loses access." else empty end)
  else
    "**Access: \([$rows[] | select(.access == "gains")] | length) gained, \([$rows[] | select(.access == "loses")] | length) lost**",
    "",
    "| | Person | Role |",
    "|---|---|---|",
    ($rows[] | "| \(.access) | \(.who | escaped) | \(.role | escaped) |")
  end,
  ($notes[] | "", .)
