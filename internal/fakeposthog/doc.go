// Package fakeposthog is PostHog's role membership API in memory, for tests and for the demo.
//
// It behaves like PostHog, including the exact bodies of errors. It shares no code with the client, so that the same wrong
// assumption about PostHog cannot be in both.
//
// # Server
//
//	hog := fakeposthog.Start(t, fakeposthog.Roles(3), fakeposthog.MembersEach(40))
//	// Use hog.URL with the key hog.Key, then:
//	hog.ExpectRequests(t, "GET role_memberships", 3)
//
// Start listens on a free port of 127.0.0.1 and stops with the test. Without options the server is the newest PostHog. It has
// one organization with its owner, three more users, and one role without members. Options change the content ([Roles],
// [MembersEach], [Users]) or the version and configuration ([Older], [RefuseExplicitOrganization], [RateLimit], [NextBase]).
//
// # Content
//
// Methods of [Server] such as Join, Leave, DeleteRole and RestrictVisibility change the content like an admin in the web app.
// They are not recorded as requests. Members, IsMember, History and EverOut ignore the rights of keys. Methods panic if an id
// does not exist, because that is a mistake in the test. The empty organization id means the default organization. Ids are
// the same in every run.
//
// # Requests
//
// Every request is recorded before it is processed. Its kind is the method and the endpoint:
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
//	GET member               one, by the user's UUID, which PostHog does not have
//	GET organizations
//	GET organization         one, by UUID or as @current
//
// Other methods have kinds of the same form. For all other paths the kind is the method and the path, such as "GET /login".
//
// # Faults
//
// Inject makes the next matching requests fail, for example by closing the connection:
//
//	hog.Inject(fakeposthog.Fault{On: "POST role_memberships", Do: fakeposthog.CloseAfter()})
//
// When selects requests by their content. Before and After change the content at that moment and do not fail the request. Inject
// returns a function that removes the fault. This server stops answering after the third DELETE, until recoverServer is called:
//
//	hog.Inject(fakeposthog.Fault{On: "DELETE role_membership", Skip: 2, Do: fakeposthog.After(func() {
//		recoverServer = hog.Inject(fakeposthog.Fault{Times: fakeposthog.Forever, Do: fakeposthog.CloseBefore()})
//	})})
//
// The comment of each constructor of an [Action] states whether the request is processed. The client cannot know this.
package fakeposthog
