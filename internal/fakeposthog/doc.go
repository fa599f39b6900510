// Package fakeposthog is PostHog's role membership API in memory, for tests and for the demo.
//
// It behaves as PostHog does, down to the exact bodies of its errors, because a test against a server that is kinder than
// the real one proves nothing. It shares no code with the client, so that a wrong guess cannot be made twice.
//
// # A server
//
//	hog := fakeposthog.Start(t, fakeposthog.Roles(3), fakeposthog.MembersEach(40))
//	// point the code under test at hog.URL with the key hog.Key, then:
//	hog.ExpectRequests(t, "GET role_memberships", 3)
//
// Start listens on a free port of 127.0.0.1 and stops with the test. Without options the server is the newest PostHog with
// one organization: its owner, three more users, and one role with nobody in it. Options make the world bigger ([Roles],
// [MembersEach], [Users]) or the server another one that is out there ([Older], [RefuseExplicitOrganization], [RateLimit],
// [NextBase]).
//
// It serves the requests of the contract and no others. It refuses multipart forms, which PostHog takes.
//
// # The world
//
// Methods of [Server] such as Join, Leave, DeleteRole and RestrictVisibility change the world as somebody in the web app or
// SCIM would: no request is recorded for them. Members and IsMember tell the truth, whatever a key may see; History and
// EverOut tell it of the time between. Methods that are given the id of something that does not exist panic, because that is
// a mistake in the test. The empty organization id is the default organization. Ids are the same in every run.
//
// # The record
//
// Every request is recorded when it arrives, before anything is done about it. Its kind is the method and the endpoint:
//
//	GET role_memberships     the list
//	GET role_membership      one, by id
//	POST role_memberships
//	DELETE role_membership
//	GET roles
//	POST roles
//	GET role
//	PATCH role               and PUT role
//	DELETE role
//	GET members
//	GET member               one, by the user's UUID, which PostHog does not answer
//	GET organizations
//	GET organization         one, by its UUID or as @current
//
// and so for the other methods, most of which are refused. For any other path it is the method and that path, such as
// "GET /login"; a dot before the last part makes such a path.
//
// # Faults
//
// Networks, proxies and servers fail in more ways than a status code tells. Inject makes the next matching requests fail in
// one of them:
//
//	hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: fakeposthog.CloseAfter()})
//
// When picks one of them by what it asks for. Before and After are no failures: they let somebody else act at that moment.
// Inject returns what removes the fault again. So a server goes down after the third DELETE, until comeBack is called:
//
//	hog.Inject(fakeposthog.Fault{On: "DELETE role_membership", Skip: 2, Do: fakeposthog.After(func() {
//		comeBack = hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.CloseBefore()})
//	})})
//
// The comment of each constructor of an [Action] says where such a thing happens in real life. What matters most about an
// action is whether the work was done: the client cannot know, the test can.
package fakeposthog
