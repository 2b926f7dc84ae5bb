import Testing

@Test func placeholderRemovedByFirstRealTest() {}
