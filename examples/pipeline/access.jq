# Prints a Markdown table of the users that gain or lose access in a plan:
#
#   terraform show -json saved.tfplan > saved.json
#   jq -r -f access.jq saved.json
#
# It compares the members of each role before and after the apply, across all resources of the plan. A user that stays in a role has
# no row, even if the resource is imported, replaced or gets another address.

def lower: if . == null then null else ascii_downcase end;
def object: if type == "object" then . else {} end;
def escaped: gsub("[\\r\\n]+"; " ") | gsub("(?<c>[\\\\|`*_~&$#<>\\[\\]])"; "\\\(.c)");

# side returns the role and the users before or after a change. Unknown values are missing in it, and true in $unknown. Emails that
# the plan marks as sensitive are left out, so that the table shows UUIDs. The members of a role that is unknown are its users.
def side($all; $values; $unknown; $sensitive):
  ($all and $unknown.role_id == true and ([$unknown.users | .. | . == true] | any | not)) as $new
  | if $values == null then null else $values | {
    role: {id: (.role_id | lower), name: .role_name, organization: .organization_id},
    users: (
      if $new
      then [.users[]? | if contains("@") then {email: .} else {uuid: (. | lower)} end]
      elif $all
      then ($unknown.members | object | map_values(null)) + (.members // {}) | to_entries | map({uuid: (.key | lower), email: .value})
      else [{uuid: (.user_uuid | lower), email: .user_email}]
      end
      | if [$sensitive | object | .user_email, .users, .members | .. | . == true] | any then map(.email = null) else . end
    ),
    open: ($all and $unknown.members == true and ($new | not)),
    new: $new,
    ignored: [(.ignored_users // [])[] | lower]
  } end;

# changes returns the changes of memberships. $all is true for all members of a role, and false for one membership.
def changes:
  .resource_changes[]?
  | select(.mode == "managed" and (.type == "posthog_role_members" or .type == "posthog_role_membership"))
  | .address as $address
  | (.type == "posthog_role_members") as $all
  | .change
  | (.after_unknown | object) as $unknown
  | (.actions == ["update"]) as $updates
  | (
      if $updates | not then null
      elif $unknown.organization_id == true then "organization"
      elif $unknown.role_id == true then "role"
      elif $unknown.user_uuid == true and $unknown.user_email == true then "user"
      else null end
    ) as $missing
  | side($all; .before; {}; .before_sensitive) as $before
  | side($all; .after; $unknown; .after_sensitive) as $after
  | {
      $address, $all, $updates, $missing, $before,
      # If the new place is unknown, users may move or stay. The table then shows a note and no change.
      after: (if $missing == null then $after else $before end),
      # A forgotten resource leaves its users in the role.
      forgets: (.actions | index("forget") != null),
      # A new id is known before the apply only if the user is in the role already.
      adopts: (($all | not) and .after.id != null and .after.id != .before.id),
      # A membership that stays is updated only to remove what an unfinished move has added.
      undoes: ($updates and $unknown.updated_at == true and .after.id == .before.id)
    };

[changes] as $changes
# The sides after the apply come last, because the last email of a user and the last name of a role are shown.
| [$changes[].before, $changes[].after | select(. != null)] as $sides
| [$sides[].users[] | select((.uuid // "") != "" and (.email // "") != "")] as $named
| (reduce $named[] as $u ({}; .[$u.uuid] = $u.email)) as $emails
| (reduce $named[] as $u ({}; .[$u.email | lower] = $u.uuid)) as $uuids
| (reduce ($sides[].role | select(.id != null and .name != null)) as $r ({}; .[$r.id] = $r.name)) as $names

# Roles of two organizations may have the same name.
| ([$sides[].role.organization | select(. != null)] | unique | length > 1) as $several
| def role($change):
    .role
    | (if $several and .organization != null then " of \(.organization)" else "" end) as $where
    | {key: (.id // .name // $change.address), name: (($names[.id // ""] // .name // .id // "known after apply, \($change.address)") + $where)};
  # entries returns the users of a side. The same user in the same role has the same key.
  def entries($change):
    if . == null then empty else
      role($change) as $role
      | .users[]
      | (.uuid // $uuids[.email // "" | lower] // (.email | lower)) as $user
      | {
          key: ([$role.key, $user // $change.address] | tojson),
          role: $role.name,
          user: ($emails[$user // ""] // (if (.email // "") == "" then $user else .email end) // "known after apply")
        }
    end;
  def set(entries): reduce entries as $entry ({}; .[$entry.key] = $entry);
  # leaving returns the users that a change may remove. Ignored users stay in the role, unless the resource moves to another one.
  def leaving:
    . as $change
    | (.before.role.id == .after.role.id) as $same
    | (if $same then .after.ignored else [] end) as $ignored
    | if .forgets or ($same and .after.open) then empty
      else .before | .users |= map(select([.uuid, (.email | lower)] - $ignored | length == 2)) | entries($change)
      end;

  set($changes[] | . as $change | .before, (if .adopts then .after else null end) | entries($change)) as $had
| set($changes[] | select(.before != null) | leaving) as $leaving
| set($changes[] | . as $change | .after | entries($change)) as $have
| [$changes[].before | select(. != null) | .role.id] as $shown

| [$have[] | select($had[.key] == null) | . + {access: "gains"}]
  + [$leaving[] | select($have[.key] == null) | . + {access: "loses"}]
| sort_by([(.role | lower), .role, .access, (.user | lower)]) as $rows

# Notes on what only the warnings of the plan or the apply can tell. A note says whether more users or fewer users than in the rows may
# gain access, and whether more may lose it.
| [
    $changes[]
    | . as $change
    | select(.after != null)
    | (.address | escaped) as $address
    | (.after | if .role.id == null and .role.name == null then $address else role($change).name | escaped end) as $role
    | (if .before != null and .before.role.id == .after.role.id then .before.ignored - .after.ignored else [] end) as $released
    | if .missing then {more: true, losses: true, text: "The \(.missing) of \($address) is known only after apply. The apply may move users."}
      elif .undoes then {losses: true, text: "\($address) undoes an unfinished move. The apply removes the users that the move has added."}
      elif .after.new then {fewer: true, losses: true, text: "The role of \($address) is known only after apply. If it is not a new role: its members who are not declared lose access, and users who are in it already gain nothing."}
      elif .after.open then {more: true, losses: true, text: "The members of \($role) are known only after apply."}
      elif $released != [] then {fewer: true, losses: true, text: "\($address) no longer ignores \($released | join(", ") | escaped). Users who are in \($role) already gain nothing. Members who are not declared lose access. The plan warns about them."}
      elif (.all | not) or (.after.role.id | IN($shown[])) then empty
      elif .updates then {fewer: true, text: "\($address) moves to \($role). Users who are in \($role) already gain nothing. Other members of \($role) stay until the next plan."}
      else {fewer: true, losses: true, text: "\($address) manages all members of \($role) without an import. Users who are in \($role) already gain nothing. Members who are not declared lose access. The plan warns about them."}
      end
  ] as $notes

| def count($access; $name; $verb; $fewer; $more):
    ([$rows[] | select(.access == $access)] | length) as $n
    | if $more and ($fewer or $n == 0) then "\($name) not known"
      elif $more then "at least \($n) \($verb)"
      elif $fewer and $n > 0 then "at most \($n) \($verb)"
      else "\($n) \($verb)"
      end;
  if $rows == [] and $notes == [] then "No user gains or loses access."
  else
    count("gains"; "gains"; "gained"; any($notes[]; .fewer); any($notes[]; .more)) as $gained
    | count("loses"; "losses"; "lost"; false; any($notes[]; .losses)) as $lost
    | "**Access: \($gained), \($lost)\(if $notes == [] then "" else ". See the notes below." end)**"
  end,
  if $rows == [] then empty
  else
    "",
    "| | User | Role |",
    "|---|---|---|",
    ($rows[] | "| \(.access) | \(.user | escaped) | \(.role | escaped) |")
  end,
  ($notes[] | "", .text)
