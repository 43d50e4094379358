package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// onBoth are the tests of what a store does on either database.
var onBoth = map[string]func(*testing.T){
	"storetest":                            TestSQLiteIsADeletionStore,
	"users":                                TestUsers,
	"figures":                              TestFiguresAreSumsOverAllAccounts,
	"line of calls":                        TestTheLineOfCalls,
	"rekey":                                TestRekeyChangesEveryOldRowOnce,
	"rekey beside a renewal":               TestRekeyLeavesARenewalAlone,
	"what moves":                           TestWhatAnActivityHasDoneSaysWhenItMoved,
	"what a lost request waits for":        TestALostRequestSaysWhatItWaitsFor,
	"what does not move":                   TestStalledCountsWhatDoesNotMove,
	"who may stop waiting":                 TestOnlyWhatWasShownToStandStillForADayIsDecided,
	"not waited for, not sent again":       TestWhatNobodyWaitedForIsNotSentAgain,
	"accepted before":                      TestWhatWasAcceptedBeforeKnowsSinceWhenItHasNotMoved,
	"ended after all":                      TestAnActivityThatEndsAfterAllMakesTheDecisionVoid,
	"a lost request, not waited for":       TestALostRequestThatNobodyWaitsForEnds,
	"turn within a millisecond":            TestTheTurnGoesRoundWithinAMillisecond,
	"calls keep their distance":            TestCallsKeepTheirDistance,
	"many in one line":                     TestManyAtOnceStandInOneLine,
	"quiet line":                           TestAQuietLineStartsAtOnce,
	"reserve":                              TestTheReserveIsForLooking,
	"new day":                              TestANewDayBeginsFromZero,
	"usage of nothing":                     TestUsageOfAKeyThatWasNeverUsed,
	"hold":                                 TestHoldMovesTheLineBack,
	"a try that comes to nothing":          TestATryThatComesToNothing,
	"a day that begins twice":              TestADayThatBeginsTwiceIsCountedOnce,
	"usage by kind":                        TestUsageByKind,
	"a clock that is set back":             TestAClockThatIsSetBack,
	"after five failures":                  TestAfterFiveFailuresOneReadingTries,
	"between failures":                     TestWhatComesBetweenFourFailuresAndTheFifth,
	"a wild clock":                         TestADatabaseClockThatRunsWild,
	"an hour of trouble":                   TestAnHourOfTroubleCostsFewCalls,
	"a call's time ends":                   TestACallWhoseTimeEndsBeforeItsMoment,
	"a vendor behind at midnight":          TestAVendorThatIsBehindAtMidnightCostsAMinuteAndNotADay,
	"a hold and a clock":                   TestAHoldOutlivesAClockThatIsSetBack,
	"tries become rare":                    TestTriesBecomeRare,
	"what is said of the vendor":           TestWhatIsSaidOfTheVendor,
	"who waits is held":                    TestWhoWaitsIsHeldToo,
	"a long line":                          TestALongLineSendsAway,
	"calls under way":                      TestCallsUnderWayWhenItBroke,
	"starts apart":                         TestCallsReallyStartApart,
	"trouble survives":                     TestTroubleSurvivesARestart,
	"verified in use":                      TestAWholeAuditLogIsVerifiedWhileItIsInUse,
	"audit only added to":                  TestTheAuditLogIsOnlyAddedTo,
	"nothing without an audit row":         TestWithoutAnAuditRowNothingIsDone,
	"sign-ins are audited":                 TestSignInsAndSignOutsAreAudited,
	"no token without storage":             TestNoTokenIsRenewedWhileItCouldNotBeStored,
	"a renewed token is kept":              TestARenewedTokenIsKeptUntilItCanBeStored,
	"an answer is kept":                    TestAnAnswerIsKeptUntilItCanBeStored,
	"a kept answer at the next start":      TestAKeptAnswerIsReadAtTheNextStart,
	"a kept answer without a row":          TestAKeptAnswerThatFitsNoRowIsLeftOut,
	"what each answer becomes":             TestWhatEachAnswerBecomesAtTheNextStart,
	"ordinary starts":                      TestOrdinaryStartsHoldNothing,
	"older copy":                           TestAnOlderCopyIsHeldUntilAPersonReleasesIt,
	"older copy is held once":              TestAHeldCopyStaysHeldAndIsHeldOnce,
	"exhausted":                            TestExhaustedMeansTheReserveToo,
	"newer schema":                         TestNewerSchemaIsRefused,
	"queue begins":                         TestQueueBeginsWithTheWorkThereIs,
	"changes wake":                         TestChangesWake,
	"a refused change":                     TestARefusedChangeWakesNobody,
	"a pause is woken from":                TestAPauseIsWokenFromAtItsTime,
	"a wake-up that wants more":            TestAWakeUpThatWantsMoreGetsIt,
	"errors and panics":                    TestAnErrorOrAPanicIsTriedAgain,
	"a wake-up during another":             TestAWakeUpDuringAnotherIsNotLost,
	"stopping waits":                       TestStoppingWaitsForWhoIsAtWork,
	"stopping gives up":                    TestStoppingGivesUpWhenItsTimeIsOver,
	"stopping what never started":          TestStoppingWhatNeverStarted,
	"many renewals":                        TestManyAuthsOnOneDatabaseRenewOnce,
	"legal moves":                          TestOnlyLegalMovesAreStored,
	"mistakes":                             TestMistakesAreRefusedByTheSchema,
	"sessions":                             TestSessions,
	"processes keep apart":                 TestProcessesKeepApart,
	"work of a dead process":               TestWorkOfADeadProcessIsFound,
	"abandoned readings":                   TestAbandonedReadingsAreRemoved,
	"text from outside":                    TestTextFromOutsideIsStored,
	"many sessions":                        TestDeletingManySessions,
	"tokens":                               TestTokensOfAnAccount,
	"latest sign-in":                       TestLatestSignInComesFirst,
	"lease of tokens":                      TestLease,
	"lease of tokens that ran out":         TestLeaseThatRanOutIsTakenOver,
	"dead tokens":                          TestDeadTokens,
	"one of many gets the lease of tokens": TestOneOfManyGetsTheLease,
}

// onOne are the tests of what only one of the databases has.
var onOne = []string{
	"TestOnPostgreSQL", "TestEveryTestKnowsItsDatabases",
	"TestOpenKeepsOthersOut", "TestANetworkDiskIsRefused", "TestOpenSetsUpTheFile", "TestOneProcessUsesTheDatabase", "TestOpenRepairsWhatAKilledProcessLeft",
	"TestKillWhileSending", "TestUncommittedIsGone",
	"TestBothSchemasAreTheSame", "TestMigrationsHaveTheSameFiles", "TestReplicasThatStartTogetherMigrateOnce",
	"TestADiskThatIsFullAtTheIntentSendsNothing", "TestAReplacedFileIsNotWritten", "TestTheEmergencyFileMayLieElsewhere",
	"TestADatabaseWithoutItsEmergencyFileDoesNotOpen", "TestALostEmergencyFileIsMadeAnew", "TestACopyOfEverythingCannotBeToldByItsCount",
	"TestTheEmergencyFileOfAnotherDatabaseIsPutAside", "TestAWholeAuditLogIsVerifiedWithoutAProcess", "TestTamperingWithTheAuditLogIsFound",
	"TestWhatHasNoAuditLogIsSaidInPlainWords",
	"TestACopyPutBackUnderARunningProcessIsHeld", "TestProcessesShareACount", "TestProcessesAddToOneAuditLog",
	"TestProcessesHaveFoldersOfTheirOwn",
	"TestAProcessThatStoodStillKeepsThePace", "TestARequestThatWasNotStartedIsWithdrawn", "TestARequestThatWasStartedIsWaitedFor",
	"TestListsAreNotCountedAsContacts", "TestTheAgeOfWhatIsOpen", // they take SQLite's triggers away to set times
	"TestAPersonGoesFirst", "TestAPersonWhoLeavesIsNotWaitedFor", "TestAPersonIsHeldLikeEverybody", // in a bubble, where PostgreSQL cannot be
	"TestTheServersClockIsComparedWheneverItIsAsked", "TestAServerWhoseClockIsAnHourOffIsNoticedAndItsEndToo",
	"TestAServersClockThatJumpsStealsNoRequest", // a file has no clock
	"TestAnotherReplicaRepairsNothing", "TestAWakeUpReachesAnotherReplica",
}

// TestEveryTestKnowsItsDatabases fails when a new test is in neither list.
func TestEveryTestKnowsItsDatabases(t *testing.T) {
	listed := testsNamed(t, "both_test.go", func(n ast.Node) (string, bool) {
		name, ok := n.(*ast.Ident)
		if !ok {
			return "", false
		}
		return name.Name, true
	})
	for _, name := range onOne {
		listed[name] = true
	}
	declared := testsNamed(t, "*_test.go", func(n ast.Node) (string, bool) {
		f, ok := n.(*ast.FuncDecl)
		if !ok || f.Recv != nil {
			return "", false
		}
		return f.Name.Name, true
	})
	for name := range declared {
		if !listed[name] {
			t.Errorf("%s is in neither list: does it run on both databases?", name)
		}
	}
	for name := range listed {
		if !declared[name] {
			t.Errorf("%s is listed, but there is no such test", name)
		}
	}
}

// testsNamed collects the names of tests that nodes of the files of this package give.
func testsNamed(t *testing.T, pattern string, name func(ast.Node) (string, bool)) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.Name.Name != "store_test" {
			continue
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if got, ok := name(n); ok && strings.HasPrefix(got, "Test") && got != "Test" && got != "TestMain" {
				found[got] = true
			}
			return true
		})
	}
	return found
}
