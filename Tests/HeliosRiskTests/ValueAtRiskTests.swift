// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosRisk
import Testing

@Suite struct ValueAtRiskTests {
    @Test func `the assets' first day is the known one`() throws {
        let row = try assetReturns().row(0)
        #expect(row == [0.003325862634552869, -0.001781287682483556, -0.019046410515127045])
    }

    @Test(arguments: [(0.95, 27488.46406474298, 35518.4890808687), (0.99, 40883.842905150465, 42770.59777889379)])
    func `historical`(confidence: Double, value: Double, shortfall: Double) throws {
        let losses = try assetReturns().profits(of: assetWeights).map { -$0 }
        let figures = try #require(ValueAtRisk.historical(losses: losses, confidence: confidence))
        #expect(isNear(figures.valueAtRisk, value))
        #expect(isNear(figures.expectedShortfall, shortfall))
    }

    @Test(arguments: [
        (0.95, 28208.28115973723, 35374.32259781074), (0.99, 39895.51035487795, 45706.870718814665),
    ])
    func `parametric`(confidence: Double, value: Double, shortfall: Double) throws {
        let matrix = try #require(Covariances.sample(assetReturns()))
        let figures = try #require(ValueAtRisk.parametric(assetWeights, matrix, confidence: confidence))
        #expect(isNear(figures.valueAtRisk, value))
        #expect(isNear(figures.expectedShortfall, shortfall))
    }

    @Test func `the expansion of Cornish and Fisher`() throws {
        let profits = try assetReturns().profits(of: assetWeights)
        let expansion = try #require(ValueAtRisk.cornishFisher(profits: profits, confidence: 0.99))
        #expect(isNear(expansion.skew, -0.06589065648776064))
        #expect(isNear(expansion.kurtosis, -0.3720410511226553))
        #expect(isNear(expansion.quantile, -2.2861857786488855))
        #expect(isNear(expansion.figures.valueAtRisk, 39634.53735197032))
        // The shortfall is the mean of the quantiles beyond: integrated by the midpoint rule here.
        let steps = 4_000
        var sum = 0.0
        for step in 0..<steps {
            let confidence = 0.99 + 0.01 * (Double(step) + 0.5) / Double(steps)
            sum += try #require(ValueAtRisk.cornishFisher(profits: profits, confidence: confidence)).figures.valueAtRisk
        }
        #expect(isNear(expansion.figures.expectedShortfall, sum / Double(steps), 2e-5))
    }

    @Test func `simulated days`() throws {
        let matrix = try #require(Covariances.sample(assetReturns()))
        let factor = try #require(CholeskyFactor(matrix))
        #expect(isNear(factor[0, 0], 0.014089443001047194))
        #expect(isNear(factor[1, 0], 0.0056160381399646166))
        #expect(factor.ridge == 0)
        let low = try #require(ValueAtRisk.monteCarlo(assetWeights, matrix, confidence: 0.95, seed: 99))
        let high = try #require(ValueAtRisk.monteCarlo(assetWeights, matrix, confidence: 0.99, seed: 99))
        #expect(isNear(low.valueAtRisk, 27980.712784559277))
        #expect(isNear(high.valueAtRisk, 39806.98146389686))
        #expect(isNear(high.expectedShortfall, 45328.905769209174))
    }

    @Test func `history seen through today's volatility`() throws {
        let profits = try assetReturns().profits(of: assetWeights)
        let filtered = try #require(ValueAtRisk.filteredHistorical(profits: profits, confidence: 0.99))
        #expect(filtered.days == 230)
        #expect(isNear(filtered.deviation, 17576.9104465181))
        #expect(isNear(filtered.figures.valueAtRisk, 47250.60868567913))
    }

    @Test func `what can't be computed is no number`() throws {
        #expect(ValueAtRisk.historical(losses: [], confidence: 0.99) == nil)
        #expect(ValueAtRisk.historical(losses: [1, .nan], confidence: 0.99) == nil)
        #expect(ValueAtRisk.historical(losses: [1, 2], confidence: 1) == nil)
        #expect(ValueAtRisk.cornishFisher(profits: [1, 1, 1], confidence: 0.99) == nil)
        #expect(ValueAtRisk.filteredHistorical(profits: [Double](repeating: 1, count: 20), confidence: 0.99) == nil)
        #expect(ValueAtRisk.filteredHistorical(profits: [Double](repeating: 0, count: 30), confidence: 0.99) == nil)
        #expect(ValueAtRisk.historical(losses: [3], confidence: 0.99)?.valueAtRisk == 3)
    }
}

@Suite struct CovarianceTests {
    @Test func `sample`() throws {
        let matrix = try #require(Covariances.sample(assetReturns()))
        #expect(isNear(matrix[0, 0], 0.00019851240407975777))
        #expect(isNear(matrix[0, 1], 7.912684926473857e-05))
        #expect(isNear(matrix[2, 0], 0.00011630216180954574))
        #expect(isNear(matrix[1, 1], 0.00020628148888364816))
        #expect(isNear(matrix[1, 2], 9.210154869737487e-05))
        #expect(isNear(matrix[2, 2], 0.0001902079637488751))
        #expect(isNear(matrix.variance(of: assetWeights).squareRoot(), 17149.417247550293))
    }

    @Test func `exponentially weighted`() throws {
        let matrix = try #require(Covariances.ewma(assetReturns()))
        #expect(isNear(matrix[0, 0], 0.00027425666619486784))
        #expect(isNear(matrix[0, 1], 0.00017294629893157296))
        let figures = try #require(ValueAtRisk.parametric(assetWeights, matrix, confidence: 0.99))
        #expect(isNear(matrix.variance(of: assetWeights).squareRoot(), 17576.910446518097))
        #expect(isNear(figures.valueAtRisk, 40890.00824946362))
    }

    @Test func `shrunk`() throws {
        let shrunk = try #require(Covariances.ledoitWolf(assetReturns()))
        #expect(isNear(shrunk.shrinkage, 0.03737333225320253))
        #expect(isNear(shrunk.mean, 0.00019754061642847734))
        #expect(isNear(shrunk.matrix.variance(of: assetWeights).squareRoot(), 17202.670633191712))
    }

    @Test func `correlations that come back to their mean`() throws {
        let last = try #require(Covariances.dcc(assetReturns()))
        #expect(isNear(last.correlation[0, 1], 0.49964370356594545))
        #expect(isNear(last.correlation[0, 2], 0.6340820922509246))
        #expect(isNear(last.correlation[1, 2], 0.5064236864906021))
        #expect(isNear(last.volatilities[0], 0.01656069642843766))
        #expect(isNear(last.volatilities[1], 0.01650499922703244))
        #expect(isNear(last.volatilities[2], 0.015130367386844245))
        let figures = try #require(ValueAtRisk.parametric(assetWeights, last.matrix, confidence: 0.99))
        #expect(isNear(figures.valueAtRisk, 43211.88732564751))
    }

    @Test func `too few days give no matrix`() throws {
        for method in CovarianceMethod.allCases {
            #expect(method.estimate(try assetReturns().suffix(1)) == nil)
            #expect(method.estimate(try assetReturns().suffix(0)) == nil)
        }
        #expect(Covariances.dcc(try assetReturns().suffix(20)) == nil)
        #expect(Covariances.ewma(try assetReturns().suffix(19)) == nil)
    }

    @Test func `more instruments than days can be simulated with a ridge`() throws {
        let matrix = try #require(Covariances.sample(manyReturns(30, days: 10, seed: 3)))
        let factor = try #require(CholeskyFactor(matrix))
        #expect(factor.ridge > 0 && factor.ridge < 1e-8)
        #expect(CholeskyFactor(try #require(SymmetricMatrix(count: 1, elements: [-1]))) == nil)
    }
}

@Suite struct RiskDecompositionTests {
    @Test func `the known division`() throws {
        let matrix = try #require(Covariances.sample(assetReturns()))
        let shares = try #require(RiskDecomposition(assetWeights, matrix, confidence: 0.99))
        for (value, expected) in zip(shares.marginal, [0.0262298878, -0.0054053909, 0.0186826196]) {
            #expect((value - expected).magnitude < 1e-10)
        }
        for (value, expected) in zip(shares.component, [26229.8878201632, 4324.3127197189, 9341.3098149959]) {
            #expect(isNear(value, expected))
        }
        #expect(isNear(shares.component.reduce(0, +), shares.valueAtRisk, 1e-14))
        let change = [0, 100_000.0, 0]
        #expect(isNear(shares.firstOrder(change), -540.539089964861))
        let exact = RiskDecomposition.incremental(assetWeights, adding: change, matrix, confidence: 0.99)
        #expect(isNear(exact, -402.65888573805717))
    }

    @Test func `the historical division adds up to the mean of five losses`() throws {
        let table = try assetReturns()
        let shares = try #require(RiskDecomposition.historical(assetWeights, table, confidence: 0.95))
        let losses = table.profits(of: assetWeights).map { -$0 }.sorted()
        #expect(isNear(shares.reduce(0, +), losses[235..<240].reduce(0, +) / 5))
        let edge = try #require(RiskDecomposition.historical(assetWeights, table, confidence: 0.999))
        #expect(isNear(edge.reduce(0, +), losses[247..<250].reduce(0, +) / 3))
    }
}
