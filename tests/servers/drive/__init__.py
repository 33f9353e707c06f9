"""A stand-in for Google Drive v3, as a process of its own: real HTTP, real files, real time.

    python -m tests.servers.drive --data DIR [--port P] [--host 127.0.0.1|::1] [--tls] [--faults FILE]
                                  [--with-parent]

It prints one JSON line when it listens: port, endpoint, credentials (service account file), ca, proxy,
drive and drive_id (the shared drive "Studio"), files (more credentials), accounts. Everything is kept in DIR:
after kill -9 a start on the same DIR goes on with files, open upload sessions, settings and accounts
(faults and counters are gone). With --tls the port speaks HTTPS, plain HTTP and CONNECT: behind `proxy`,
Google's host names lead to this very server, any other host is refused. With --with-parent it ends when its
standard input does.

Who is there at first (`first_world`): SERVICE, a service account without storage, content manager of the
shared drive, may act for USER; OLDER, a service account with 15 GB; USER, manager of the drive, owner of the
My Drive folder "Shared projects" that both service accounts may write into.

Handle (`process.DriveServer(folder, tls=, host=, faults=)`): `start`, `kill` (-9), `halt`, `go_on`, `stop`;
`endpoint`, `credentials`, `ca`, `proxy`, `drive_id`, `files`;
- `fail(match, nth=|every=|first=|probability=, account=, **effects)`, `clear_faults()`
- `counters()`, `count(kind, status=)`, `bytes_in(kind)`, `bytes_out(kind)`, `calls()`, `reset()`
- `configure(**settings)`: see `settings.Settings` (clock_skew_s, token_lifetime_s, session_lifetime_s,
  latency_s, rate_per_s, rate_burst, rate_status, rate_reason, rate_retry_after_s, daily_upload_bytes,
  checksums, api_enabled, proxy_login, largest_page, exact_names)
- `add_account`, `set_account`, `add_drive(name, members, item_limit=)`, `share(id, email, role)`,
  `make_folder(root, path)`, `enable_keys`, `expire_tokens`, `revoke`, `sessions`, `lose_sessions`,
  `set_uploaded_today`, `service_account_file`, `authorized_user_file`, `client_secret_file`
- `tree(root)` → {path: (size, md5)}, `stored(root)` → contents on disk; neither goes through the API.
  A root is an item's id, an account's address (its My Drive), or nothing (the shared drive).

Kinds of calls, for `fail` and `count`: files.create, files.update, files.get, files.list, files.delete,
files.copy, files.generateIds, files.emptyTrash, files.media (download), upload.multipart, upload.media,
upload.start, upload.put, upload.ask, upload.cancel, drives.list, drives.get, about.get, permissions.*,
revisions.*, changes.getStartPageToken, token, consent. `fail` also matches by method: "files.create" strikes
upload.multipart and upload.start of new files too. Patterns such as "upload.*" and "*" are allowed.

Effects (`faults.Effects`): status (+ reason, message, retry_after_s), drop_request_after,
drop_response_after, lose_answer (work done, connection cut), wrong_md5, corrupt_at, truncate_to, bytes_per_s,
keep_bytes, delay_s.

Control interface: POST /_control/<name> with a JSON object, over plain HTTP on the same port even with --tls.
A --faults FILE holds {"<name>": object or list of objects, …}, such as {"settings": {"latency_s": 0.1},
"faults": [{"match": "files.list", "which": {"nth": 2}, "do": {"status": 503}}]}. Names: faults, clear_faults,
counters, calls, reset, settings, account, remove_account, drive, remove_drive, share, folder, key, revoke,
expire_tokens, sessions, lose_sessions, uploaded_today, credentials, tree, world.
"""
